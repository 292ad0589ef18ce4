"""A front end in Python, generated from the schema: submits an application and watches it to its end.

    python submit_and_watch.py PROTO_FOLDER HOST:PORT APPLICATION.json
"""

import pathlib
import sys
import tempfile
import uuid

import grpc
from google.protobuf import json_format
from google.rpc import error_details_pb2, status_pb2
from grpc_tools import protoc


def generate(protos: pathlib.Path, into: str) -> None:
    """Makes the client's modules, as any front end would at its build."""
    # Google's own modules come with googleapis-common-protos.
    files = sorted(str(path.relative_to(protos)) for path in (protos / "jisr/v1").glob("*.proto"))
    arguments = ["protoc", f"-I{protos}", f"--python_out={into}", f"--grpc_python_out={into}", *files]
    # The well-known types come with grpcio-tools.
    include = pathlib.Path(protoc.__file__).parent / "_proto"
    if protoc.main([*arguments, f"-I{include}"]) != 0:
        sys.exit("the schema does not compile")


def main() -> None:
    protos, address, application = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    with tempfile.TemporaryDirectory() as generated:
        generate(protos, generated)
        sys.path.insert(0, generated)
        run(address, application.read_text(encoding="utf-8"))


def run(address: str, application: str) -> None:
    from jisr.v1 import transaction_pb2, transaction_service_pb2, transaction_service_pb2_grpc

    with grpc.insecure_channel(address) as channel:
        service = transaction_service_pb2_grpc.TransactionServiceStub(channel)
        request = transaction_service_pb2.SubmitTransactionRequest(
            transaction=json_format.Parse(application, transaction_pb2.Transaction()),
            request_id=str(uuid.uuid4()),
        )
        submitted = service.SubmitTransaction(request, timeout=30)
        print(submitted.name, submitted.reference_no)

        again = service.SubmitTransaction(request, timeout=30)
        assert again.name == submitted.name, "the same request is the same transaction"

        request.transaction.labels["counter"] = "another"
        try:
            service.SubmitTransaction(request, timeout=30, metadata=[("accept-language", "ar")])
            sys.exit("the same id with other content was taken")
        except grpc.RpcError as error:
            print(*reason(error))

        watch = transaction_service_pb2.WatchTransactionRequest(name=submitted.name)
        # The first message is the present state, without an event; others may be signs of life.
        states = [
            message.update.event.to
            for message in service.WatchTransaction(watch, timeout=60)
            if message.update.HasField("event")
        ]
        print(*states)


def reason(error: grpc.RpcError) -> tuple[str, str]:
    """The reason code of an error and its sentence, from its details."""
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    info, said = error_details_pb2.ErrorInfo(), error_details_pb2.LocalizedMessage()
    for detail in status.details:
        detail.Unpack(info) or detail.Unpack(said)
    return info.reason, said.message


main()
