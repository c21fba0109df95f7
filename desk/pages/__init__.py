"""Pages that the desk serves: HTML, styles and scripts, without a build step."""
