"""libcloud's driver of Compute Engine on the local cloud.

    pip install -r tests/tools/libcloud/requirements.txt
    groundcrew local exec -- python3 tests/tools/gce.py

It signs in with the key of a service account that it creates. Each call is a line;
the exit status is 1 if one failed. `libcloud.sh` does both on a local cloud of its
own.
"""

import base64
import os
import sys
import tempfile

import google.auth
from calls import check, refused, result
from google.auth.transport.requests import AuthorizedSession
from libcloud.compute.providers import get_driver
from libcloud.compute.types import Provider

PROJECT = "demo-project"
REGION = "us-central1"
ZONE = f"{REGION}-a"


def sign_in(folder):
    """A driver that acts as a new service account, by its key."""
    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    session = AuthorizedSession(credentials)

    def post(url, body):
        response = session.post(url, json=body)
        if not response.ok:
            raise AssertionError(response.text)
        return response.json()

    accounts = f"https://iam.googleapis.com/v1/projects/{PROJECT}/serviceAccounts"
    email = post(accounts, {"accountId": "libcloud"})["email"]
    key = os.path.join(folder, "key.json")
    with open(key, "wb") as file:
        file.write(base64.b64decode(post(f"{accounts}/{email}/keys", {})["privateKeyData"]))
    projects = f"https://cloudresourcemanager.googleapis.com/v1/projects/{PROJECT}"
    policy = post(f"{projects}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}})
    for role in ["roles/compute.admin", "roles/iam.serviceAccountUser"]:
        policy.setdefault("bindings", []).append({"role": role, "members": [f"serviceAccount:{email}"]})
    post(f"{projects}:setIamPolicy", {"policy": policy | {"version": 3}})
    driver = get_driver(Provider.GCE)
    return driver(email, key, project=PROJECT, datacenter=ZONE, credential_file=os.path.join(folder, "token"))


def networks(driver):
    network = check("networks.insert", lambda: driver.ex_create_network("libcloud", None, mode="custom"))
    check("networks.list", lambda: "libcloud" in [n.name for n in driver.ex_list_networks()], True)
    subnetwork = check("subnetworks.insert", lambda: driver.ex_create_subnetwork("libcloud", "10.9.0.0/24", network, REGION))
    check("subnetworks.list", lambda: "libcloud" in [s.name for s in driver.ex_list_subnetworks(REGION)], True)
    allowed = [{"IPProtocol": "tcp", "ports": ["22"]}]
    firewall = check("firewalls.insert", lambda: driver.ex_create_firewall("libcloud", allowed, network=network, source_ranges=["10.0.0.0/8"]))
    check("firewalls.list", lambda: "libcloud" in [f.name for f in driver.ex_list_firewalls()], True)
    check("firewalls.update", lambda: (setattr(firewall, "source_ranges", ["10.9.0.0/24"]), driver.ex_update_firewall(firewall).source_ranges)[1], ["10.9.0.0/24"])
    address = check("addresses.insert", lambda: driver.ex_create_address("libcloud", REGION))
    check("addresses.list", lambda: [a.name for a in driver.ex_list_addresses(REGION)], ["libcloud"])
    check("addresses.delete", lambda: driver.ex_destroy_address(address), True)
    check("firewalls.delete", lambda: driver.ex_destroy_firewall(firewall), True)
    return network, subnetwork


def nodes(driver, network, subnetwork):
    sizes = check("machineTypes.list", lambda: driver.list_sizes(ZONE))
    check("e2-small", lambda: "e2-small" in [s.name for s in sizes], True)
    check("zones.list", lambda: ZONE in [l.name for l in driver.list_locations()], True)
    check("regions.list", lambda: REGION in [r.name for r in driver.ex_list_regions()], True)
    check("images.list", lambda: any(i.name.startswith("debian-12") for i in driver.list_images("debian-cloud")), True)
    image = check("images.getFromFamily", lambda: driver.ex_get_image_from_family("debian-12", ["debian-cloud"]))

    def create():
        node = driver.create_node("libcloud", "e2-small", image, ZONE, ex_network=network, ex_subnetwork=subnetwork, ex_tags=["one"], ex_metadata={"k": "v"}, ex_disk_auto_delete=False)
        return (node.name, node.extra["status"])

    check("instances.insert", create, ("libcloud", "RUNNING"))
    node = check("instances.get", lambda: driver.ex_get_node("libcloud", ZONE))
    check("instances.list", lambda: [n.name for n in driver.list_nodes(ZONE)], ["libcloud"])
    check("instances.aggregatedList", lambda: [n.name for n in driver.list_nodes("all")], ["libcloud"])
    check("instances.setTags", lambda: driver.ex_set_node_tags(node, ["two"]), True)
    check("instances.setLabels", lambda: driver.ex_set_node_labels(driver.ex_get_node("libcloud", ZONE), {"a": "b"}), True)
    check("instances.setMetadata", lambda: driver.ex_set_node_metadata(driver.ex_get_node("libcloud", ZONE), {"items": [{"key": "k", "value": "w"}]}), True)
    volumes(driver, node)
    check("instances.reset", lambda: driver.reboot_node(node), True)
    check("instances.stop", lambda: driver.stop_node(node), True)
    check("stopped", lambda: driver.ex_get_node("libcloud", ZONE).extra["status"], "TERMINATED")
    check("instances.start", lambda: driver.start_node(node), True)
    check("instances.delete, disks.delete", lambda: driver.destroy_node(node, destroy_boot_disk=True), True)
    check("absent", lambda: refused(driver.ex_get_node, "libcloud", ZONE), "ResourceNotFoundError")


def volumes(driver, node):
    volume = check("disks.insert", lambda: driver.create_volume(10, "libcloud-data", ZONE, ex_disk_type="pd-ssd"))
    check("disks.list", lambda: "libcloud-data" in [v.name for v in driver.list_volumes(ZONE)], True)
    check("disks.aggregatedList", lambda: "libcloud-data" in [v.name for v in driver.list_volumes("all")], True)
    check("instances.attachDisk", lambda: driver.attach_volume(node, volume), True)
    check("delete while attached", lambda: refused(driver.destroy_volume, volume), "InvalidRequestError")
    check("instances.detachDisk", lambda: driver.detach_volume(volume, node), True)
    check("disks.resize", lambda: driver.ex_resize_volume(volume, 20), True)
    snapshot = check("disks.createSnapshot", lambda: driver.create_volume_snapshot(volume, "libcloud"))
    check("snapshots.list", lambda: [s.name for s in driver.ex_list_snapshots()], ["libcloud"])
    check("disks.insert from a snapshot", lambda: driver.create_volume(None, "libcloud-copy", ZONE, snapshot="libcloud").size, "20")
    check("snapshots.delete", lambda: driver.destroy_volume_snapshot(snapshot), True)
    check("disks.delete", lambda: driver.destroy_volume(volume), True)
    check("disks.delete by name", lambda: driver.destroy_volume(driver.ex_get_volume("libcloud-copy", ZONE)), True)


def main(folder):
    driver = check("sign in by a key", lambda: sign_in(folder))
    if driver is not None:
        network, subnetwork = networks(driver)
        nodes(driver, network, subnetwork)
        check("subnetworks.delete", lambda: driver.ex_destroy_subnetwork(subnetwork), True)
        check("networks.delete", lambda: driver.ex_destroy_network(network), True)
    return result()


with tempfile.TemporaryDirectory() as folder:
    sys.exit(main(folder))
