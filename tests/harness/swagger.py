"""Holds requests and answers against a published Swagger 2.0 document.

What the Azure specifications use of it, and no more: $ref, allOf, discriminator with
x-ms-discriminator-value, required, enum, pattern, lengths, formats, readOnly, x-ms-mutability,
x-nullable and additionalProperties. A schema is strict where any part of its allOf chain says
additionalProperties false; a property of one part is then known to all.
"""
import json
import re
import urllib.parse

FORMATS = {
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    "duration": re.compile(r"-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"),
    "uuid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "uri": re.compile(r"[a-z][a-z0-9+.-]*://\S+"),
}
RANGES = {"int32": 2**31, "int64": 2**63}


class Document:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.root = json.load(file)
        self.routes = [(self._template(template), template, item)
                       for template, item in self.root["paths"].items()]

    @staticmethod
    def _template(template):
        parts = re.split(r"\{\w+\}", template)
        return re.compile("([^/]+)".join(re.escape(part) for part in parts), re.I)

    def resolve(self, node):
        seen = 0
        while "$ref" in node:
            target = self.root
            for part in node["$ref"].lstrip("#/").split("/"):
                target = target[part]
            extra = {key: value for key, value in node.items() if key != "$ref"}
            node = dict(target, **extra)
            seen += 1
            assert seen < 20, "reference circle"
        return node

    def operation(self, method, path):
        """The operation of a request, or None; path parameters are not checked here."""
        for pattern, _, item in self.routes:
            if pattern.fullmatch(path) and method.lower() in item:
                return item[method.lower()]
        return None

    # --- requests and answers -----------------------------------------------------------------

    def check_request(self, method, url, body):
        """Problems of a request; body is text or None."""
        split = urllib.parse.urlsplit(url)
        operation = self.operation(method, split.path)
        if operation is None:
            return ["%s %s: no such operation" % (method, split.path)]
        problems = []
        query = urllib.parse.parse_qs(split.query, keep_blank_values=True)
        known = set()
        body_schema = None
        for parameter in operation.get("parameters", []):
            parameter = self.resolve(parameter)
            if parameter["in"] == "query":
                known.add(parameter["name"])
                if parameter.get("required") and parameter["name"] not in query:
                    problems.append("query %s is missing" % parameter["name"])
            elif parameter["in"] == "body":
                body_schema = parameter
        problems += ["query %s is not known" % name for name in query if name not in known]
        if body_schema is not None:
            if body:
                problems += self.check(body_schema["schema"], json.loads(body), "body", "request",
                                       method)
            elif body_schema.get("required"):
                problems.append("body is missing")
        elif body and body.strip():
            problems.append("a body where none is defined")
        return problems

    def check_answer(self, method, url, status, headers, body):
        """Problems of an answer; headers with lower-case names, body as text."""
        path = urllib.parse.urlsplit(url).path
        operation = self.operation(method, path)
        if operation is None:
            return ["%s %s: no such operation" % (method, path)]
        answer = operation["responses"].get(str(status))
        if answer is None:
            if status < 400:
                return ["status %d is not defined" % status]
            answer = operation["responses"]["default"]
        schema = answer.get("schema")
        problems = []
        if schema is not None:
            try:
                value = json.loads(body)
            except ValueError:
                return ["the answer is no JSON: %.80r" % body]
            problems += self.check(schema, value, "body", "answer", method)
        elif body and body.strip() not in ("", "null"):
            problems.append("a body where none is defined: %.80r" % body)
        for name, header in answer.get("headers", {}).items():
            value = headers.get(name.lower())
            if value is None:
                continue
            form = FORMATS.get(header.get("format"))
            if form and not form.fullmatch(value):
                problems.append("header %s: %s" % (name, value))
        return problems

    # --- values -------------------------------------------------------------------------------

    def check(self, schema, value, where="value", direction="answer", method="GET"):
        """Problems of one value."""
        schema = self.resolve(schema)
        if value is None:
            nullable = schema.get("x-nullable") or schema.get("type") is None and not schema
            return [] if nullable else ["%s: null" % where]
        kind = schema.get("type") or ("object" if "properties" in schema or "allOf" in schema
                                      else None)
        if kind == "object":
            return self._check_object(schema, value, where, direction, method)
        if kind == "array":
            if not isinstance(value, list):
                return ["%s: no array" % where]
            problems = []
            for index, item in enumerate(value):
                problems += self.check(schema["items"], item, "%s[%d]" % (where, index), direction,
                                       method)
            return problems
        return self._check_scalar(schema, kind, value, where)

    @staticmethod
    def _check_scalar(schema, kind, value, where):
        if kind == "string":
            if not isinstance(value, str):
                return ["%s: no string" % where]
            problems = []
            form = FORMATS.get(schema.get("format"))
            if form and not form.fullmatch(value):
                problems.append("%s: %r is no %s" % (where, value, schema["format"]))
            if "pattern" in schema and not re.search(schema["pattern"], value):
                problems.append("%s: %r is not like %s" % (where, value, schema["pattern"]))
            if len(value) < schema.get("minLength", 0):
                problems.append("%s: too short" % where)
            if "maxLength" in schema and len(value) > schema["maxLength"]:
                problems.append("%s: too long" % where)
            if "enum" in schema and value not in schema["enum"]:
                problems.append("%s: %r is none of %s" % (where, value, schema["enum"]))
            return problems
        if kind == "integer":
            if not isinstance(value, int) or isinstance(value, bool):
                return ["%s: %r is no integer" % (where, value)]
            limit = RANGES.get(schema.get("format"))
            if limit and not -limit <= value < limit:
                return ["%s: %d is out of range" % (where, value)]
        elif kind == "number":
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                return ["%s: no number" % where]
        elif kind == "boolean" and not isinstance(value, bool):
            return ["%s: no boolean" % where]
        return []

    def _parts(self, schema):
        """The schema and all that it is allOf, resolved."""
        parts = [schema]
        for parent in schema.get("allOf", []):
            parts += self._parts(self.resolve(parent))
        return parts

    def _derived(self, schema, value):
        """The definition that the discriminator's value names, or the schema itself."""
        for part in self._parts(schema):
            name = part.get("discriminator")
            if not name:
                continue
            for candidate in self.root["definitions"].values():
                if candidate.get("x-ms-discriminator-value") == value.get(name) and any(
                        other.get("discriminator") == name for other in self._parts(candidate)):
                    return candidate
        return schema

    def _check_object(self, schema, value, where, direction, method):
        if not isinstance(value, dict):
            return ["%s: no object" % where]
        schema = self._derived(schema, value)
        parts = self._parts(schema)
        properties = {}
        for part in reversed(parts):
            properties.update(part.get("properties", {}))
        required = {name for part in parts for name in part.get("required", [])}
        extra = [part["additionalProperties"] for part in parts if "additionalProperties" in part]
        problems = ["%s.%s: missing" % (where, name) for name in sorted(required - set(value))]
        for name, item in value.items():
            at = "%s.%s" % (where, name)
            if name in properties:
                found = self.resolve(properties[name])
                if direction == "request":
                    mutable = found.get("x-ms-mutability")
                    if found.get("readOnly") or (mutable and "create" not in mutable
                                                 and "update" not in mutable):
                        problems.append("%s: read-only, but sent" % at)
                problems += self.check(properties[name], item, at, direction, method)
            elif False in extra:
                problems.append("%s: not known" % at)
            else:
                for rule in extra:
                    if isinstance(rule, dict):
                        problems += self.check(rule, item, at, direction, method)
        return problems
