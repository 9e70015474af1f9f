"""The facts of IPTC ninjs 3.1 that our documents touch, as a schema of our own writing: names, types, enumerations.

Source: IPTC, `ninjs-schema_3.1.json` (iptc.org/std/ninjs, CC BY 4.0), which is not copied here. It is at least as
strict as the standard: a property of the standard that we never write is left out, so using one fails. Where
`WIRE_NINJS_SCHEMA` names a copy of the IPTC's own file, that is used instead.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

NINJS = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json"
GEOJSON = "https://geojson.org/schema/GeoJSON.json"
OURS = Path(__file__).parent.parent / "docs/schema/wire-story.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
URI: Schema = {"type": "string", "format": "uri"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
NUMBER: Schema = {"type": "integer"}
PERCENT: Schema = {"type": "integer", "minimum": 0, "maximum": 100}


def closed(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """An object with no other properties."""
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


def many(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def _ninjs() -> Schema:
    concept: Schema = {"name": TEXT, "rel": TEXT, "uri": URI, "literal": TEXT}
    words: Schema = {"role": TEXT, "contentType": TEXT, "value": TEXT}
    news_object = one_of("text", "audio", "video", "picture", "graphic", "composite", "component", "event", "planning")
    properties: Schema = {
        "uri": URI,
        "type": news_object,
        "representationType": one_of("full", "partial"),
        "version": TEXT,
        "firstCreated": MOMENT,
        "versionCreated": MOMENT,
        "contentCreated": MOMENT,
        "embargoedUntil": MOMENT,
        "pubStatus": one_of("usable", "withheld", "canceled"),
        "urgency": {"type": "integer", "minimum": 1, "maximum": 9},
        "copyrightHolder": TEXT,
        "copyrightNotice": TEXT,
        "usageTerms": TEXT,
        "edNote": TEXT,
        "language": TEXT,
        "title": TEXT,
        "by": TEXT,
        "slugline": TEXT,
        "located": TEXT,
        "headlines": many(closed(("value",), **words)),
        "descriptions": many(closed(("value",), **words)),
        "bodies": many(closed(("value",), charCount=NUMBER, wordCount=NUMBER, **words)),
        "people": many(closed(**concept)),
        "organisations": many(closed(**concept)),
        "places": many(closed(**concept, geoJSON={"$ref": GEOJSON})),
        "subjects": many(closed(**concept, creator=TEXT, relevance=PERCENT, confidence=PERCENT)),
        "genres": many(closed(name=TEXT, uri=TEXT, literal=TEXT)),
        "infoSources": many(closed(name=TEXT, role=TEXT, uri=URI, literal=TEXT)),
        "altIds": many(closed(role=TEXT, value=TEXT)),
        "standard": closed(name=TEXT, version=TEXT, schema=URI),
        "associations": many(
            {
                "type": "object",
                "$ref": "#/$defs/ninjsType",
                "properties": {"name": TEXT, "rel": TEXT},
                "required": ["name", "uri"],
                "unevaluatedProperties": False,
            }
        ),
    }
    return {
        "$schema": DIALECT,
        "$id": NINJS,
        "$defs": {"ninjsType": {"type": "object", "properties": properties}},
        "$ref": "#/$defs/ninjsType",
        "required": ["uri"],
        "unevaluatedProperties": False,
    }


def _geojson() -> Schema:
    """RFC 7946, as far as a point needs it."""
    longitude: Schema = {"type": "number", "minimum": -180, "maximum": 180}
    latitude: Schema = {"type": "number", "minimum": -90, "maximum": 90}
    pair: Schema = {"type": "array", "prefixItems": [longitude, latitude], "minItems": 2, "maxItems": 2}
    return {
        "$schema": DIALECT,
        "$id": GEOJSON,
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {"type": {"const": "Point"}, "coordinates": pair},
        "additionalProperties": False,
    }


def official() -> Schema | None:
    """The IPTC's own schema, where the environment says where it lies."""
    path = os.environ.get("WIRE_NINJS_SCHEMA", "")
    return json.loads(Path(path).read_text()) if path else None


def validators() -> tuple[Draft202012Validator, Draft202012Validator]:
    """For a document without `wire` as plain ninjs, and for one with it by our own published schema. With formats."""
    ninjs, ours = official() or _ninjs(), json.loads(OURS.read_text())
    registry: Registry[Any] = Registry().with_resources(
        [(one["$id"].rstrip("#"), Resource.from_contents(one)) for one in (ninjs, _geojson(), ours)]
    )
    for one in (ninjs, ours):
        Draft202012Validator.check_schema(one)
    formats = FormatChecker(["uri", "date-time"])
    plain, extended = (Draft202012Validator(one, registry=registry, format_checker=formats) for one in (ninjs, ours))
    return plain, extended


class Checker:
    """Says what is wrong with a document of `wire.stories`."""

    def __init__(self) -> None:
        self._plain, self._extended = validators()

    def faults(self, document: dict[str, Any]) -> list[str]:
        """One sentence for each fault; empty for a sound document."""
        without = {name: value for name, value in document.items() if name != "wire"}
        found = [*self._plain.iter_errors(without), *self._extended.iter_errors(document)]
        return [f"{error.json_path}: {error.message[:200]}" for error in found]
