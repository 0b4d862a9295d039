"""Requests fit Shopify's own schema, and the twin's schema is a part of it."""

import json

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    Undefined,
    parse,
    validate,
)

from crossdock.connectors.shopify import MANIFEST
from crossdock.connectors.shopify.mapping.currencies import CURRENCIES
from crossdock.connectors.shopify.queries import DOCUMENTS, Document
from crossdock.connectors.shopify.subscriptions import TOPICS
from crossdock.connectors.shopify.twin import ShopTwin
from crossdock.connectors.shopify.twin.endpoint import (
    IDEMPOTENT_MUTATIONS,
    checked,
    missing_idempotency,
    schema,
)
from crossdock.testing.twin import TwinAcceptsNonsense
from crossdock.testing.wire import TwinReply, TwinRequest
from tests.contract.shopify.documents import introspection, official

VERSION = MANIFEST.api_version
NEXT_VERSION = "2026-10"


class TestRequests:
    @pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
    @pytest.mark.parametrize("version", [VERSION, NEXT_VERSION])
    def test_each_document_fits_the_official_schema(self, document: Document, version: str):
        errors = validate(official(version), parse(document.text))
        assert not errors, [error.message for error in errors]

    @pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
    def test_each_document_fits_the_twins_schema(self, document: Document):
        assert checked(document.text).definitions

    @pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
    def test_nothing_we_select_is_deprecated(self, document: Document):
        deprecated = {
            (kind["name"], field["name"])
            for kind in introspection(VERSION)["__schema"]["types"]
            for field in kind["fields"] or ()
            if field["isDeprecated"]
        }
        used = set(_selected(document.text))
        assert not used & deprecated

    def test_a_wrong_document_would_be_seen(self):
        wrong = "mutation { metafieldsSet(metafields: [{}]) { userErrors { text } } }"
        assert len(validate(official(VERSION), parse(wrong))) > 1

    def test_mutations_that_need_idempotent_are_known(self):
        mutations = next(
            kind
            for kind in introspection(VERSION)["__schema"]["types"]
            if kind["name"] == "Mutation"
        )
        named = {
            field["name"]
            for field in mutations["fields"]
            if "idempotent" in json.dumps(field).lower()
        }
        # orderCreateMandatePayment takes an idempotency key as an argument, not by directive.
        assert named - {"orderCreateMandatePayment"} == IDEMPOTENT_MUTATIONS

    def test_none_of_ours_lacks_the_directive(self):
        for document in DOCUMENTS:
            assert not missing_idempotency(parse(document.text)), document.name
        assert missing_idempotency(parse("mutation { refundCreate(input: {}) { order { id } } }"))
        keyed = 'mutation { refundCreate(input: {}) @idempotent(key: "k") { order { id } } }'
        assert not missing_idempotency(parse(keyed))

    def test_currencies_are_shopifys(self):
        codes = official(VERSION).type_map["CurrencyCode"]
        assert isinstance(codes, GraphQLEnumType)
        assert set(codes.values) - {"USDC", "XXX"} == CURRENCIES

    def test_topics_are_shopifys(self):
        topics = official(VERSION).type_map["WebhookSubscriptionTopic"]
        assert isinstance(topics, GraphQLEnumType)
        assert set(TOPICS) <= set(topics.values)


class TestTwinSchema:
    @pytest.mark.parametrize(
        "name", sorted(n for n in schema().type_map if not n.startswith("__")), ids=str
    )
    def test_each_type_is_a_part_of_the_official_one(self, name: str):
        assert name in official(VERSION).type_map
        differences = list(_differences(schema().type_map[name], official(VERSION).type_map[name]))
        assert not differences

    def test_the_directive_is_the_official_one(self):
        ours, theirs = (
            schema().get_directive("idempotent"),
            official(VERSION).get_directive("idempotent"),
        )
        assert ours is not None
        assert theirs is not None
        assert ours.locations == theirs.locations
        assert str(ours.args["key"].type) == str(theirs.args["key"].type)

    def test_it_starts_only_while_it_refuses_nonsense(self):
        ShopTwin().refuse_nonsense()
        lenient = Lenient()
        with pytest.raises(TwinAcceptsNonsense):
            lenient.refuse_nonsense()


class Lenient(ShopTwin):
    """Answers whatever it is asked."""

    def handle(self, request: TwinRequest) -> TwinReply:
        return TwinReply.of_json({"data": {}})


def _differences(ours: GraphQLNamedType, theirs: GraphQLNamedType):
    if type(ours) is not type(theirs):
        yield f"{ours} is a {type(ours).__name__}, theirs a {type(theirs).__name__}"
    elif isinstance(ours, GraphQLEnumType) and isinstance(theirs, GraphQLEnumType):
        yield from (f"{ours}.{v} does not exist" for v in ours.values if v not in theirs.values)
    elif isinstance(ours, GraphQLInputObjectType) and isinstance(theirs, GraphQLInputObjectType):
        yield from _input_differences(ours, theirs)
    elif isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
        assert isinstance(theirs, GraphQLObjectType | GraphQLInterfaceType)
        for name, field in ours.fields.items():
            other = theirs.fields.get(name)
            if other is None or str(field.type) != str(other.type):
                yield f"{ours}.{name}: {field.type}, theirs {other and other.type}"
            else:
                yield from _argument_differences(f"{ours}.{name}", field.args, other.args)


def _input_differences(ours: GraphQLInputObjectType, theirs: GraphQLInputObjectType):
    for name, field in ours.fields.items():
        other = theirs.fields.get(name)
        if other is None or str(field.type) != str(other.type):
            yield f"{ours}.{name}: {field.type}, theirs {other and other.type}"
    for name, other in theirs.fields.items():
        if name not in ours.fields and str(other.type).endswith("!"):
            yield f"{ours}.{name} is required and missing here"


def _argument_differences(
    where: str, ours: dict[str, GraphQLArgument], theirs: dict[str, GraphQLArgument]
):
    for name, argument in ours.items():
        other = theirs.get(name)
        if other is None or str(argument.type) != str(other.type):
            yield f"{where}({name}: {argument.type}), theirs {other and other.type}"
        elif argument.default_value != other.default_value:
            yield f"{where}({name}) defaults to {other.default_value}"
    for name, other in theirs.items():
        required = str(other.type).endswith("!") and other.default_value is Undefined
        if name not in ours and required:
            yield f"{where}({name}) is required and missing here"


def _selected(text: str):
    """(type, field) of every selected field, by the official schema."""
    from graphql import TypeInfo, TypeInfoVisitor, Visitor, visit

    found = []
    info = TypeInfo(official(VERSION))

    class Collect(Visitor):
        def enter_field(self, node, *_):
            parent = info.get_parent_type()
            found.append((parent.name if parent else "", node.name.value))

    visit(parse(text), TypeInfoVisitor(info, Collect()))
    return found
