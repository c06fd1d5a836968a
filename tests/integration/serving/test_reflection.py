"""A client without generated code, as grpcurl is one."""

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase


def test_digest_is_called_through_reflection(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        assert "polygist.v1.Polygist" in database.get_services()
        pool = DescriptorPool(database)
        method = pool.FindServiceByName("polygist.v1.Polygist").FindMethodByName("Digest")
        request = GetMessageClass(method.input_type)()
        json_format.ParseDict({"article": {"text": "The deal was signed on Friday."}, "source_language": "en"}, request)
        call = channel.unary_unary(
            "/polygist.v1.Polygist/Digest",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        answer = json_format.MessageToDict(call(request, timeout=30), preserving_proto_field_name=True)
    assert answer["summary"]["lead"] == "The deal was signed on Friday."
