"""The JSON Schema of profiles, by which editors complete keys and show what the keys mean."""

from __future__ import annotations

from typing import Any

from diag.knowledge import asked, registry
from diag.knowledge.profile import ProfileModel


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of profiles, with the keys of every installed driver, for editors."""
    schema = ProfileModel.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    base = definitions.pop("ComponentModel")
    variants = []
    for name in registry.kinds():
        settings = registry.driver(name).Settings.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(settings.pop("$defs", {}))
        if asked.has_questions(name):
            at = settings["properties"]["at"]
            at["pattern"] = f"^{asked.AT}$|{at['pattern']}"
        own = {**base["properties"], "driver": {"const": name}}
        definitions[f"component_{name}"] = {
            "type": "object",
            "description": settings.get("description", ""),
            "properties": {**own, **settings["properties"]},
            "additionalProperties": False,
        }
        variants.append({"$ref": f"#/$defs/component_{name}"})
    schema["properties"]["components"]["additionalProperties"] = {"anyOf": variants}
    # a profile that inherits may leave out what its ancestor has
    schema["required"] = ["schema"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
