"""Orders, logistics, after-sales, products and promotions behind one port."""
