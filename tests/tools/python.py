"""Google's client libraries for Python on the local cloud, by REST and by gRPC.

    pip install -r tests/tools/requirements.txt
    groundcrew local exec -- python3 tests/tools/python.py [API ...]

Each call is a line; the exit status is 1 if one failed. `python.sh` does both on a
local cloud of its own.
"""

import os
import sys
import tempfile
import threading
import warnings

from calls import check, refused, result

warnings.filterwarnings("ignore")

HOME = os.environ["GOOGLE_CLOUD_PROJECT"]
PROJECT = "demo-project"
REGION = "us-central1"
LOCATION = f"projects/{PROJECT}/locations/{REGION}"


def labelled(transport):
    return lambda name, *rest: check(f"{name} ({transport})", *rest)


def storage():
    from google.cloud import storage
    from google.cloud.storage import transfer_manager

    client = storage.Client(project=PROJECT)
    bucket = client.bucket("python-bucket")
    blob = bucket.blob("a/b.txt")
    check("buckets.insert", lambda: client.create_bucket(bucket, location=REGION).name, bucket.name)
    check("buckets.list", lambda: bucket.name in [b.name for b in client.list_buckets()], True)
    check("objects.insert", lambda: blob.upload_from_string("hello"))
    check("objects.get alt=media", blob.download_as_bytes, b"hello")
    check("range", lambda: blob.download_as_bytes(start=1, end=3), b"ell")
    check("objects.list", lambda: [b.name for b in client.list_blobs(bucket)], ["a/b.txt"])
    check("md5Hash", lambda: bucket.get_blob("a/b.txt").md5_hash, "XUFAKrxLKna5cZ2REBfFkg==")

    def patch():
        blob.metadata = {"k": "v"}
        blob.patch()
        return bucket.get_blob("a/b.txt").metadata

    check("objects.patch", patch, {"k": "v"})
    check("objects.copy", lambda: bucket.copy_blob(blob, bucket, "copy").name, "copy")
    check("objects.rewrite", lambda: bucket.blob("rewritten").rewrite(blob), (None, 5, 5))
    check("objects.compose", lambda: bucket.blob("composed").compose([blob, blob]))
    check("composed", bucket.blob("composed").download_as_bytes, b"hellohello")

    def resumable():
        large = bucket.blob("large", chunk_size=256 * 1024)
        content = os.urandom(1 << 20)
        large.upload_from_string(content)
        return large.download_as_bytes() == content

    check("resumable in chunks of 256 KiB", resumable, True)

    def from_file():
        with tempfile.NamedTemporaryFile() as file:
            file.write(os.urandom(20 << 20))
            file.flush()
            bucket.blob("file").upload_from_filename(file.name)
            transfer_manager.download_chunks_concurrently(
                bucket.blob("file"), file.name + ".2", worker_type=transfer_manager.THREAD
            )
            with open(file.name, "rb") as a, open(file.name + ".2", "rb") as b:
                same = a.read() == b.read()
            os.remove(file.name + ".2")
            return same

    check("20 MiB up, and down in parts", from_file, True)
    def parts():
        with tempfile.NamedTemporaryFile() as file:
            content = os.urandom(20 << 20)
            file.write(content)
            file.flush()
            transfer_manager.upload_chunks_concurrently(
                file.name, bucket.blob("parts"), chunk_size=8 << 20, worker_type=transfer_manager.THREAD
            )
            return bucket.blob("parts").download_as_bytes() == content

    check("20 MiB up in parts", parts, True)

    def hold():
        held = bucket.blob("held")
        held.upload_from_string("held")
        held.temporary_hold = True
        held.patch()
        answer = refused(held.delete)
        held.temporary_hold = False
        held.update()
        held.delete()
        return answer

    check("temporaryHold", hold, "Forbidden")
    signed_urls(client, bucket)
    check("generation that is gone", lambda: refused(blob.delete, if_generation_match=1), "PreconditionFailed")
    check("getIamPolicy", lambda: bool(bucket.get_iam_policy(requested_policy_version=3).bindings), True)
    check("objects.delete", blob.delete)
    check("buckets.delete", lambda: bucket.delete(force=True))
    check("absent", lambda: refused(bucket.reload), "NotFound")


def signed_urls(client, bucket):
    import google.auth
    import google.auth.transport.requests
    import requests

    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    credentials.refresh(google.auth.transport.requests.Request())
    operator = {"Authorization": f"Bearer {credentials.token}"}
    accounts = f"https://iam.googleapis.com/v1/projects/{PROJECT}/serviceAccounts"
    email = f"python-signer@{PROJECT}.iam.gserviceaccount.com"
    requests.post(accounts, json={"accountId": "python-signer"}, headers=operator)
    creator = {"role": "roles/iam.serviceAccountTokenCreator", "members": ["user:operator@groundcrew.local"]}
    requests.post(
        f"{accounts}/{email}:setIamPolicy", json={"policy": {"bindings": [creator]}}, headers=operator
    ).raise_for_status()
    blob = bucket.blob("signed/ü:1.txt")

    def signed(**options):
        return blob.generate_signed_url(
            version="v4", expiration=60, service_account_email=email, access_token=credentials.token, **options
        )

    check("signed, without permission", lambda: requests.get(signed()).status_code, 403)
    policy = bucket.get_iam_policy(requested_policy_version=3)
    policy.bindings.append({"role": "roles/storage.objectAdmin", "members": [f"serviceAccount:{email}"]})
    bucket.set_iam_policy(policy)
    text = {"Content-Type": "text/plain"}
    put = lambda: requests.put(signed(method="PUT", content_type="text/plain"), b"hello", headers=text)
    check("signed PUT", lambda: put().status_code, 200)
    check("signed GET", lambda: requests.get(signed()).content, b"hello")
    check("signed GET at the bucket's name", lambda: requests.get(signed(virtual_hosted_style=True)).content, b"hello")
    check("signed HEAD", lambda: requests.head(signed(method="HEAD")).headers["content-type"], "text/plain")
    check("tampered", lambda: "SignatureDoesNotMatch" in requests.get(signed() + "0").text, True)

    def resumable():
        start = {"x-goog-resumable": "start"}
        session = requests.post(signed(method="RESUMABLE"), headers=start).headers["location"]
        requests.put(session, b"resumed").raise_for_status()
        return blob.download_as_bytes()

    check("signed resumable", resumable, b"resumed")
    check("signed DELETE", lambda: requests.delete(signed(method="DELETE")).status_code, 204)


def pubsub():
    from google.api_core import exceptions
    from google.cloud import pubsub_v1

    for transport in ["grpc", "rest"]:
        publisher = pubsub_v1.PublisherClient(transport=transport)
        subscriber = pubsub_v1.SubscriberClient(transport=transport)
        topic = publisher.topic_path(PROJECT, f"python-{transport}")
        subscription = subscriber.subscription_path(PROJECT, f"python-{transport}")
        step = labelled(transport)
        step("topics.create", lambda: publisher.create_topic(name=topic).name, topic)
        step("topics.get", lambda: publisher.get_topic(topic=topic).name, topic)
        step("topics.list", lambda: topic in [t.name for t in publisher.list_topics(project=f"projects/{PROJECT}")], True)
        step("subscriptions.create", lambda: subscriber.create_subscription(name=subscription, topic=topic).name, subscription)
        step("subscriptions.list", lambda: subscription in [s.name for s in subscriber.list_subscriptions(project=f"projects/{PROJECT}")], True)
        step("topics.subscriptions.list", lambda: list(publisher.list_topic_subscriptions(topic=topic)), [subscription])
        step("publish", lambda: bool(publisher.publish(topic, b"x", k="v").result(timeout=10)), True)

        def pull():
            pulled = subscriber.pull(subscription=subscription, max_messages=1).received_messages
            ids = [m.ack_id for m in pulled]
            subscriber.modify_ack_deadline(subscription=subscription, ack_ids=ids, ack_deadline_seconds=60)
            subscriber.acknowledge(subscription=subscription, ack_ids=ids)
            return pulled[0].message.data

        step("pull, modifyAckDeadline, acknowledge", pull, b"x")
        step("getIamPolicy", lambda: publisher.get_iam_policy(request={"resource": topic}).bindings[:], [])
        binding = {"role": "roles/pubsub.publisher", "members": ["user:dev@example.com"]}
        step("setIamPolicy", lambda: publisher.set_iam_policy(request={"resource": topic, "policy": {"bindings": [binding]}}).bindings[0].role, binding["role"])
        step("testIamPermissions", lambda: publisher.test_iam_permissions(request={"resource": topic, "permissions": ["pubsub.topics.publish"]}).permissions[:], ["pubsub.topics.publish"])
        if transport == "grpc":
            def streaming_pull():
                received = threading.Event()

                def handle(message):
                    message.ack()
                    received.set()

                future = subscriber.subscribe(subscription, handle)
                publisher.publish(topic, b"y").result(timeout=10)
                arrived = received.wait(10)
                future.cancel()
                return arrived

            step("streamingPull", streaming_pull, True)
        replay(step, publisher, subscriber, transport)
        schemas(step, publisher, transport)
        step("subscriptions.delete", lambda: subscriber.delete_subscription(subscription=subscription))
        step("topics.delete", lambda: publisher.delete_topic(topic=topic))
        step("absent", lambda: refused(publisher.get_topic, topic=topic), exceptions.NotFound.__name__)


def bad(error, transport):
    """By REST, Google's library tells a 400 by its status only."""
    return "BadRequest" if transport == "rest" else error


def replay(step, publisher, subscriber, transport):
    import datetime

    import google.pubsub_v1

    topic = publisher.topic_path(PROJECT, f"replay-{transport}")
    subscription = subscriber.subscription_path(PROJECT, f"replay-{transport}")
    snapshot = subscriber.snapshot_path(PROJECT, f"replay-{transport}")
    publisher.create_topic(name=topic)
    subscriber.create_subscription(request={"name": subscription, "topic": topic, "retain_acked_messages": True, "enable_message_ordering": True})

    def drain():
        """All messages; those with one ordering key come one by one."""
        found = []
        while True:
            pulled = subscriber.pull(request={"subscription": subscription, "max_messages": 10, "return_immediately": True}).received_messages
            if not pulled:
                return found
            found += [m.message.data for m in pulled]
            subscriber.acknowledge(subscription=subscription, ack_ids=[m.ack_id for m in pulled])

    # The client of pubsub_v1 waits 2^32 seconds for ordered messages, which is
    # more than an HTTP client can.
    ordered = google.pubsub_v1.PublisherClient(transport=transport)
    messages = [{"data": data, "ordering_key": "key"} for data in [b"1", b"2", b"3"]]
    step("publish with ordering keys", lambda: len(ordered.publish(topic=topic, messages=messages).message_ids), 3)
    step("snapshots.create", lambda: subscriber.create_snapshot(name=snapshot, subscription=subscription).topic, topic)
    step("snapshots.get", lambda: subscriber.get_snapshot(snapshot=snapshot).name, snapshot)
    step("snapshots.list", lambda: snapshot in [s.name for s in subscriber.list_snapshots(project=f"projects/{PROJECT}")], True)
    step("snapshots.patch", lambda: dict(subscriber.update_snapshot(request={"snapshot": {"name": snapshot, "labels": {"a": "b"}}, "update_mask": {"paths": ["labels"]}}).labels), {"a": "b"})
    step("topics.snapshots.list", lambda: list(publisher.list_topic_snapshots(topic=topic)), [snapshot])
    step("in order", drain, [b"1", b"2", b"3"])
    step("seek to a snapshot", lambda: (subscriber.seek(request={"subscription": subscription, "snapshot": snapshot}), drain())[1], [b"1", b"2", b"3"])
    now = datetime.datetime.now(datetime.timezone.utc)
    step("seek to the past", lambda: (subscriber.seek(request={"subscription": subscription, "time": now - datetime.timedelta(hours=1)}), drain())[1], [b"1", b"2", b"3"])
    step("seek to the future", lambda: (subscriber.seek(request={"subscription": subscription, "time": now + datetime.timedelta(hours=1)}), drain())[1], [])
    step("detach", lambda: (publisher.detach_subscription(request={"subscription": subscription}), subscriber.get_subscription(subscription=subscription).detached)[1], True)
    step("pull when detached", lambda: refused(subscriber.pull, subscription=subscription, max_messages=1), bad("FailedPrecondition", transport))
    step("snapshots.delete", lambda: subscriber.delete_snapshot(snapshot=snapshot))


def schemas(step, publisher, transport):
    from google.cloud import pubsub_v1

    client = pubsub_v1.SchemaServiceClient(transport=transport)
    parent = f"projects/{PROJECT}"
    name = f"{parent}/schemas/python-{transport}"
    topic = publisher.topic_path(PROJECT, f"schema-{transport}")

    def avro(field):
        return {"type_": "AVRO", "definition": '{"type":"record","name":"A","fields":[{"name":"%s","type":"string"}]}' % field}

    first = step("schemas.create", lambda: client.create_schema(parent=parent, schema=avro("x"), schema_id=f"python-{transport}").revision_id)
    step("schemas.get", lambda: client.get_schema(name=name).type_.name, "AVRO")
    step("schemas.list", lambda: name in [s.name for s in client.list_schemas(parent=parent)], True)
    step("schemas.commit", lambda: client.commit_schema(name=name, schema=avro("y")).revision_id != first, True)
    step("schemas.get of a revision", lambda: client.get_schema(name=f"{name}@{first}").revision_id, first)
    step("schemas.rollback", lambda: '"x"' in client.rollback_schema(name=name, revision_id=first).definition, True)
    step("schemas.listRevisions", lambda: [s.revision_id for s in client.list_schema_revisions(name=name)][2], first)
    step("schemas.deleteRevision", lambda: client.delete_schema_revision(request={"name": f"{name}@{first}"}).name, name)
    step("schemas.validate", lambda: refused(client.validate_schema, parent=parent, schema={"type_": "AVRO", "definition": "x"}), bad("InvalidArgument", transport))
    message = {"parent": parent, "name": name, "message": b'{"x":"a"}', "encoding": "JSON"}
    step("schemas.validateMessage", lambda: client.validate_message(request=message) is not None, True)
    settings = {"schema": name, "encoding": "JSON"}
    step("topics.create with a schema", lambda: publisher.create_topic(request={"name": topic, "schema_settings": settings}).schema_settings.schema, name)
    step("publish what fits", lambda: bool(publisher.publish(topic, b'{"x":"a"}').result(timeout=10)), True)
    step("publish what does not", lambda: refused(publisher.publish(topic, b"{}").result, timeout=10), bad("InvalidArgument", transport))
    step("schemas.delete", lambda: client.delete_schema(name=name))


def kms():
    from google.cloud import kms

    for transport in ["grpc", "rest"]:
        client = kms.KeyManagementServiceClient(transport=transport)
        ring = f"{LOCATION}/keyRings/python-{transport}"
        key = f"{ring}/cryptoKeys/key"
        step = labelled(transport)
        step("keyRings.create", lambda: client.create_key_ring(parent=LOCATION, key_ring_id=f"python-{transport}").name, ring)
        step("keyRings.get", lambda: client.get_key_ring(name=ring).name, ring)
        step("keyRings.list", lambda: ring in [r.name for r in client.list_key_rings(parent=LOCATION)], True)
        purpose = kms.CryptoKey.CryptoKeyPurpose.ENCRYPT_DECRYPT
        step("cryptoKeys.create", lambda: client.create_crypto_key(parent=ring, crypto_key_id="key", crypto_key={"purpose": purpose}).name, key)
        step("cryptoKeys.patch", lambda: dict(client.update_crypto_key(crypto_key={"name": key, "labels": {"a": "b"}}, update_mask={"paths": ["labels"]}).labels), {"a": "b"})
        sealed = step("encrypt", lambda: client.encrypt(name=key, plaintext=b"secret").ciphertext)
        step("decrypt", lambda: client.decrypt(name=key, ciphertext=sealed).plaintext, b"secret")
        step("cryptoKeyVersions.create", lambda: client.create_crypto_key_version(parent=key, crypto_key_version={}).name, f"{key}/cryptoKeyVersions/2")
        step("cryptoKeyVersions.list", lambda: len(list(client.list_crypto_key_versions(parent=key))), 2)
        step("updatePrimaryVersion", lambda: client.update_crypto_key_primary_version(name=key, crypto_key_version_id="2").primary.name, f"{key}/cryptoKeyVersions/2")
        state = kms.CryptoKeyVersion.CryptoKeyVersionState
        step("destroy", lambda: client.destroy_crypto_key_version(name=f"{key}/cryptoKeyVersions/1").state, state.DESTROY_SCHEDULED)
        step("restore", lambda: client.restore_crypto_key_version(name=f"{key}/cryptoKeyVersions/1").state, state.DISABLED)
        step("absent", lambda: refused(client.get_crypto_key, name=f"{ring}/cryptoKeys/absent"), "NotFound")


def secretmanager():
    from google.cloud import secretmanager

    for transport in ["grpc", "rest"]:
        client = secretmanager.SecretManagerServiceClient(transport=transport)
        parent = f"projects/{PROJECT}"
        secret = f"{parent}/secrets/python-{transport}"
        step = labelled(transport)
        step("secrets.create", lambda: client.create_secret(parent=parent, secret_id=f"python-{transport}", secret={"replication": {"automatic": {}}}).name.endswith(f"/secrets/python-{transport}"), True)
        step("secrets.get", lambda: bool(client.get_secret(name=secret).etag), True)
        step("addVersion", lambda: client.add_secret_version(parent=secret, payload={"data": b"one"}).name.endswith("/versions/1"), True)
        step("access", lambda: client.access_secret_version(name=f"{secret}/versions/latest").payload.data, b"one")
        step("versions.list", lambda: len(list(client.list_secret_versions(parent=secret))), 1)
        step("disable", lambda: client.disable_secret_version(name=f"{secret}/versions/1").state.name, "DISABLED")
        step("access of a disabled one", lambda: refused(client.access_secret_version, name=f"{secret}/versions/1"), "FailedPrecondition" if transport == "grpc" else "BadRequest")
        step("enable", lambda: client.enable_secret_version(name=f"{secret}/versions/1").state.name, "ENABLED")
        step("destroy", lambda: client.destroy_secret_version(name=f"{secret}/versions/1").state.name, "DESTROYED")
        step("secrets.patch", lambda: dict(client.update_secret(secret={"name": secret, "labels": {"a": "b"}}, update_mask={"paths": ["labels"]}).labels), {"a": "b"})
        step("secrets.list", lambda: any(s.name.endswith(f"python-{transport}") for s in client.list_secrets(parent=parent)), True)
        step("secrets.delete", lambda: client.delete_secret(name=secret))


def compute():
    from google.cloud import compute_v1

    zone = f"{REGION}-a"
    zones = compute_v1.ZonesClient()
    check("zones.list", lambda: zone in [z.name for z in zones.list(project=PROJECT)], True)
    check("zones.get", lambda: zones.get(project=PROJECT, zone=zone).status, "UP")
    check("regions.get", lambda: compute_v1.RegionsClient().get(project=PROJECT, region=REGION).name, REGION)
    types = compute_v1.MachineTypesClient()
    check("machineTypes.get", lambda: types.get(project=PROJECT, zone=zone, machine_type="e2-small").guest_cpus, 2)
    networks = compute_v1.NetworksClient()
    network = {"name": "python", "auto_create_subnetworks": False}
    check("networks.insert", lambda: networks.insert(project=PROJECT, network_resource=network).result(timeout=60))
    subnetworks = compute_v1.SubnetworksClient()
    subnetwork = {"name": "python", "network": f"projects/{PROJECT}/global/networks/python", "ip_cidr_range": "10.9.0.0/24"}
    check("subnetworks.insert", lambda: subnetworks.insert(project=PROJECT, region=REGION, subnetwork_resource=subnetwork).result(timeout=60))
    instances = compute_v1.InstancesClient()
    disk = {"boot": True, "auto_delete": True, "initialize_params": {"source_image": "projects/debian-cloud/global/images/family/debian-12"}}
    instance = {
        "name": "python",
        "machine_type": f"zones/{zone}/machineTypes/e2-small",
        "disks": [disk],
        "network_interfaces": [{"subnetwork": f"projects/{PROJECT}/regions/{REGION}/subnetworks/python"}],
    }
    check("instances.insert", lambda: instances.insert(project=PROJECT, zone=zone, instance_resource=instance).result(timeout=60))
    here = {"project": PROJECT, "zone": zone, "instance": "python"}
    check("instances.get", lambda: instances.get(**here).name, "python")
    check("instances.list", lambda: [i.name for i in instances.list(project=PROJECT, zone=zone)], ["python"])
    check("instances.aggregatedList", lambda: any(found.instances for _, found in instances.aggregated_list(project=PROJECT)), True)
    check("instances.stop", lambda: instances.stop(**here).result(timeout=60))
    check("instances.start", lambda: instances.start(**here).result(timeout=60))
    check("instances.delete", lambda: instances.delete(**here).result(timeout=60))
    check("subnetworks.delete", lambda: subnetworks.delete(project=PROJECT, region=REGION, subnetwork="python").result(timeout=60))
    check("networks.delete", lambda: networks.delete(project=PROJECT, network="python").result(timeout=60))
    check("absent", lambda: refused(instances.get, **here), "NotFound")


def firestore():
    from google.cloud import firestore

    from google.cloud import firestore_admin_v1

    admin = firestore_admin_v1.FirestoreAdminClient()
    name = f"projects/{PROJECT}/databases/python"
    database = {"location_id": REGION, "type_": 1}
    check("databases.create", lambda: admin.create_database(parent=f"projects/{PROJECT}", database_id="python", database=database).result(timeout=60).name, name)
    check("databases.get", lambda: admin.get_database(name=name).location_id, REGION)
    client = firestore.Client(project=PROJECT, database="python")
    collection = client.collection("python")
    check("set", lambda: bool(collection.document("a").set({"n": 1, "s": "x"}).update_time), True)
    check("get", lambda: collection.document("a").get().to_dict(), {"n": 1, "s": "x"})
    check("update", lambda: bool(collection.document("a").update({"n": firestore.Increment(2)})), True)
    check("batch", lambda: len(batch(client, collection)), 2)
    check("query", lambda: [d.id for d in collection.where("n", ">", 1).order_by("n").stream()], ["b", "a", "c"])
    check("getAll", lambda: len(list(client.get_all([collection.document("a"), collection.document("z")]))), 2)
    check("transaction", lambda: transact(client, collection), 10)
    check("transaction of two at once", lambda: contend(client, collection), 12)
    check("transaction that only reads", lambda: read_only(client, collection), [12, 12])
    check("count, sum, avg", lambda: aggregate(collection), {"count": 3, "sum": 17, "avg": 17 / 3})
    check("bulkWriter", lambda: bulk_write(client, collection), {"d": 1, "e": 2})
    check("collections", lambda: [c.id for c in client.collections()], ["python"])
    check("partitionQuery", lambda: len(list(client.collection_group("python").get_partitions(3))) > 1, True)
    check("listDocuments", lambda: [d.id for d in collection.list_documents()], ["a", "b", "c", "d", "e"])
    check("read at a time", lambda: read_before(collection), 12)
    field = f"{name}/collectionGroups/python/fields/expires"
    check("fields.patch", lambda: admin.update_field(field={"name": field, "ttl_config": {}}).result(timeout=60).ttl_config.state.name, "ACTIVE")
    check("fields.get", lambda: admin.get_field(name=field).index_config.uses_ancestor_config, True)
    check("fields.list", lambda: [f.name for f in admin.list_fields(request={"parent": f"{name}/collectionGroups/-", "filter": "ttlConfig:*"})], [field])
    check("delete", lambda: collection.document("a").delete() is not None, True)
    check("absent", lambda: collection.document("a").get().exists, False)
    check("create again", lambda: refused(collection.document("b").create, document_data={}), "AlreadyExists")
    check("databases.delete", lambda: admin.delete_database(name=name).result(timeout=60).name, name)


def batch(client, collection):
    batch = client.batch()
    batch.set(collection.document("b"), {"n": 2})
    batch.set(collection.document("c"), {"n": 9})
    return batch.commit()


def transact(client, collection):
    from google.cloud import firestore

    document = collection.document("a")

    @firestore.transactional
    def add(transaction):
        n = document.get(transaction=transaction).get("n")
        transaction.update(document, {"n": n + 7})
        return n + 7

    return add(client.transaction())


def contend(client, collection):
    """Two transactions read the same document; one is refused, and comes again."""
    from google.cloud import firestore

    document = collection.document("a")
    both_have_read = threading.Barrier(2)

    @firestore.transactional
    def increase(transaction):
        n = document.get(transaction=transaction).get("n")
        try:
            both_have_read.wait(5)
        except threading.BrokenBarrierError:
            pass
        both_have_read.abort()
        transaction.update(document, {"n": n + 1})

    threads = [threading.Thread(target=increase, args=[client.transaction()]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return document.get().get("n")


def read_only(client, collection):
    from google.cloud import firestore

    document = collection.document("a")

    @firestore.transactional
    def read(transaction):
        before = document.get(transaction=transaction).get("n")
        document.update({"n": 0})
        return [before, document.get(transaction=transaction).get("n")]

    found = read(client.transaction(read_only=True))
    document.update({"n": 6})
    return found


def aggregate(collection):
    query = collection.count(alias="count").sum("n", alias="sum").avg("n", alias="avg")
    return {result.alias: result.value for result in query.get()[0]}


def bulk_write(client, collection):
    writer = client.bulk_writer()
    writer.create(collection.document("d"), {"n": 1})
    writer.create(collection.document("e"), {"n": 2})
    writer.close()
    return {id: collection.document(id).get().get("n") for id in ["d", "e"]}


def read_before(collection):
    document = collection.document("a")
    document.update({"n": 12})
    read_time = document.get().read_time
    document.update({"n": 13})
    return document.get(read_time=read_time).get("n")


def iam():
    import googleapiclient.discovery
    from google.cloud import iam_admin_v1

    client = iam_admin_v1.IAMClient()
    parent = f"projects/{PROJECT}"
    email = f"python-sa@{PROJECT}.iam.gserviceaccount.com"
    name = f"{parent}/serviceAccounts/{email}"
    check("serviceAccounts.create", lambda: client.create_service_account(request={"name": parent, "account_id": "python-sa"}).email, email)
    check("serviceAccounts.get", lambda: client.get_service_account(request={"name": name}).email, email)
    check("serviceAccounts.list", lambda: email in [a.email for a in client.list_service_accounts(request={"name": parent})], True)
    role = {"title": "Python", "included_permissions": ["storage.objects.get"]}
    check("roles.create", lambda: client.create_role(request={"parent": parent, "role_id": "python", "role": role}).name, f"{parent}/roles/python")
    check("roles.get", lambda: list(client.get_role(request={"name": f"{parent}/roles/python"}).included_permissions), ["storage.objects.get"])
    check("roles.list", lambda: len(client.list_roles(request={"page_size": 5}).roles) >= 5, True)
    check("queryTestablePermissions", lambda: bool(list(client.query_testable_permissions(request={"full_resource_name": f"//cloudresourcemanager.googleapis.com/{parent}"}))), True)
    check("roles.delete", lambda: client.delete_role(request={"name": f"{parent}/roles/python"}).deleted, True)
    check("serviceAccounts.delete", lambda: client.delete_service_account(request={"name": name}))
    check("absent", lambda: refused(client.get_service_account, request={"name": name}), "NotFound")
    service = googleapiclient.discovery.build("iam", "v1")
    check("googleapiclient", lambda: "accounts" in service.projects().serviceAccounts().list(name=parent).execute(), True)


def resourcemanager():
    from google.cloud import resourcemanager_v3

    for transport in ["grpc", "rest"]:
        client = resourcemanager_v3.ProjectsClient(transport=transport)
        name = f"projects/{PROJECT}"
        step = labelled(transport)
        step("projects.get", lambda: client.get_project(name=name).project_id, PROJECT)
        step("projects.search", lambda: PROJECT in [p.project_id for p in client.search_projects()], True)
        step("getIamPolicy", lambda: bool(client.get_iam_policy(resource=name).bindings), True)
        step("testIamPermissions", lambda: client.test_iam_permissions(resource=name, permissions=["resourcemanager.projects.get"]).permissions[:], ["resourcemanager.projects.get"])


APIS = [storage, pubsub, kms, secretmanager, compute, firestore, iam, resourcemanager]
for api in APIS:
    if not sys.argv[1:] or api.__name__ in sys.argv[1:]:
        print(f"# {api.__name__}")
        api()
sys.exit(result())
