"""The labels of metrics. Every value comes from a set that no caller can make larger."""

from polygist.metrics.families import Label
from polygist.types import Priority, WarningType
from polygist.v1 import polygist_pb2

OTHER = "other"

# What a request goes through; the last four are sums over its segments, or all of it.
STAGES = ("parse", "detect", "summarize", "translate", "queue", "inference", "guard", "total")
# Where it was when it ended without an answer.
PLACES = ("parse", "detect", "summarize", "translate", "queue", "inference", "guard", OTHER)
OUTCOMES = ("ok", "invalid", "refused", "deadline", "cancelled", "error")
# `reason` of violations in errors; a test holds the two together.
VIOLATIONS = (
    "conflict",
    "empty",
    "invalid",
    "line_break",
    "malformed",
    "missing",
    "no_article",
    "no_language",
    "no_letters",
    "not_allowed",
    "out_of_range",
    "repeated",
    "same_as_source",
    "term",
    "too_complex",
    "too_few",
    "too_long",
    "too_many",
    "unknown_enum",
    "unsupported",
)
# The warnings that checks of a translation give; a test holds the two together.
DOUBTS = (
    "repetition",
    "wrong_language",
    "untranslated",
    "output_cut",
    "length_out_of_range",
    "sentence_mismatch",
    "negation_mismatch",
    "name_mismatch",
    "number_mismatch",
    "placeholder_missing",
    "unbalanced",
)
_METHODS = tuple(method.name for method in polygist_pb2.DESCRIPTOR.services_by_name["Polygist"].methods)

GRPC = (
    Label("grpc_type", bound="unary, client_stream, server_stream, bidi_stream"),
    Label(
        "grpc_service",
        bound="polygist.v1.Polygist, google.longrunning.Operations, those of health checks, reflection and channelz",
    ),
    Label("grpc_method", bound="the methods of these; calls of others are not counted"),
)
GRPC_CODE = Label("grpc_code", bound="the codes of gRPC as grpc-go writes them: OK, Canceled, InvalidArgument, ...")
METHOD = Label("method", _METHODS)
OUTCOME = Label("outcome", OUTCOMES)
CALLER = Label("caller", bound="the names in the callers' file since the start, and anonymous")
DENIAL = Label("reason", ("nothing", "token", "certificate", "method"))
STAGE = Label("stage", STAGES)
ENDED = Label("outcome", ("deadline", "cancelled"))
PLACE = Label("stage", PLACES)
REFUSAL = Label("reason", ("calls", "queue", "jobs", "caller", "share", "loading", "draining", "engine"))
VIOLATION = Label("reason", (*VIOLATIONS, OTHER))
WARNING = Label("type", tuple(warning.name.lower() for warning in WarningType))
PAIR = (
    Label("source_language", bound=f"the languages of the pairs that are served, and {OTHER}"),
    Label("target_language", bound=f"the same; {OTHER} beside {OTHER} only"),
)
MODEL = Label("model", bound="the ids of the models that were served since the start")
PRIORITY = Label("priority", tuple(priority.name.lower() for priority in Priority))
DROPPED = Label("reason", ("deadline", "hopeless", "cancelled", "refused"))
WAITS = Label("stage", ("queue", "inference"))
# Where each of these can happen.
ENDS = (
    *(("deadline", "queue"), ("deadline", "inference"), ("cancelled", "queue"), ("cancelled", "inference")),
    *(("hopeless", "queue"), ("refused", "queue")),
)
FAILURE = Label("kind", ("error", "memory", "item", "died", "load"))
DETECTOR = Label("detector", DOUBTS)
TARGET = Label("target_language", bound="the languages that the model translates into")
FIELD = Label("field", ("headline", "lead", "key_point"))
REPLACED = Label(
    "reason", ("unsupported", "contradicted", "not_entailed", "unfinished", "long", "markup", "repeated", "loop")
)
RELOAD = Label("outcome", ("ok", "unchanged", "failed"))
# Files that are read again when they change.
FILE = Label("file", ("tls", "metrics_tls", "callers"))
CERTIFICATE = Label("file", bound="tls and metrics_tls, where there is TLS")
FILE_OUTCOME = Label("outcome", ("ok", "failed"))
JOB_STATE = Label("state", ("queued", "running", "cancelling"))
JOB_END = Label("state", ("succeeded", "partially_completed", "failed", "cancelled"))
TIER = Label("tier", ("memory", "disk", "redis"))
