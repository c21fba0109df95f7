// Reads /openapi.json and lists every operation, each with a form to try it.

import { el } from "./dom.js";

const token = document.getElementById("token");

function resolved(spec, schema, depth = 0) {
  if (!schema || depth > 6) return {};
  if (schema.$ref) return resolved(spec, schema.$ref.split("/").slice(1).reduce((at, name) => at[name], spec), depth + 1);
  if (schema.allOf?.length === 1) return resolved(spec, schema.allOf[0], depth + 1);
  return schema;
}

function example(spec, schema, depth = 0) {
  const shape = resolved(spec, schema);
  if (depth > 4) return null;
  if (shape.enum) return shape.enum[0];
  if (shape.default !== undefined) return shape.default;
  if (shape.type === "object") return Object.fromEntries(Object.entries(shape.properties ?? {}).map(([name, each]) => [name, example(spec, each, depth + 1)]));
  if (shape.type === "array") return [];
  return { string: "", integer: 0, number: 0, boolean: false }[shape.type] ?? null;
}

function tryIt(spec, method, path, operation) {
  const fields = (operation.parameters ?? []).map((each) => {
    const field = el("input", { attrs: { name: each.name, placeholder: each.required ? "required" : "" } });
    return { ...each, field, label: el("label", { text: `${each.name} (${each.in}) ` }, field) };
  });
  const content = operation.requestBody?.content ?? {};
  const json = content["application/json"];
  const body = json ? el("textarea", { attrs: { spellcheck: "false" } }) : null;
  if (body) body.value = JSON.stringify(example(spec, json.schema), null, 2);
  const upload = content["multipart/form-data"] ? el("input", { attrs: { type: "file" } }) : null;
  const answer = el("pre", { attrs: { hidden: "" } });
  const submit = async (event) => {
    event.preventDefault();
    const query = new URLSearchParams();
    let address = path;
    const headers = token.value.trim() ? { Authorization: `Bearer ${token.value.trim()}` } : {};
    for (const { name, in: place, field } of fields) {
      if (place === "path") address = address.replace(`{${name}}`, encodeURIComponent(field.value));
      else if (place === "header" && field.value) headers[name] = field.value;
      else if (field.value) query.set(name, field.value);
    }
    let sent = body?.value;
    if (body) headers["Content-Type"] = "application/json";
    if (upload?.files[0]) {
      sent = new FormData();
      sent.append("file", upload.files[0]);
    }
    const response = await fetch(address + (query.size ? `?${query}` : ""), { method: method.toUpperCase(), headers, body: sent });
    const text = await response.text();
    answer.hidden = false;
    answer.textContent = `${response.status}\n${text}`;
  };
  return el("form", { on: { submit } }, ...fields.map((each) => each.label), body, upload, el("p", {}, el("button", { text: "Send", attrs: { type: "submit" } })), answer);
}

const spec = await (await fetch("/openapi.json")).json();
const groups = new Map();
for (const [path, methods] of Object.entries(spec.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const group = operation.tags?.[0] ?? "other";
    const entry = el("details", {},
      el("summary", {}, el("b", { text: method.toUpperCase() }), el("code", { text: path })),
      el("p", { text: operation.description ?? operation.summary ?? "" }),
      tryIt(spec, method, path, operation));
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
}
for (const [name, entries] of groups) document.getElementById("operations").append(el("section", {}, el("h2", { text: name }), ...entries));
