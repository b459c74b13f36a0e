//! Networks, and the machines attached to them.

use super::*;

const P: &str = "projects/demo";
const NETWORKS: &str = "projects/demo/global/networks";
const SUBNETWORKS: &str = "projects/demo/regions/us-central1/subnetworks";
const FIREWALLS: &str = "projects/demo/global/firewalls";

fn post(cloud: &mut Cloud, path: &str, body: &Value, ms: i64) -> Result<Value, ApiError> {
    ask(cloud, Method::POST, path, body, ms)
}

fn vpc() -> Value {
    json!({ "name": "jobs", "autoCreateSubnetworks": false })
}

fn subnet(name: &str, range: &str) -> Value {
    json!({ "name": name, "network": "global/networks/jobs", "ipCidrRange": range,
        "privateIpGoogleAccess": true })
}

/// A network `jobs` with the subnetwork `jobs`, ready at 10 s.
fn declared() -> Cloud {
    let mut cloud = Cloud::new();
    post(&mut cloud, NETWORKS, &vpc(), 0).expect("begun");
    post(
        &mut cloud,
        SUBNETWORKS,
        &subnet("jobs", "10.0.0.0/20"),
        9_000,
    )
    .expect("begun");
    cloud
}

fn message(error: &ApiError) -> (u16, &str) {
    (error.status, error.message.as_str())
}

#[test]
fn a_network_is_made_by_a_global_operation() {
    let mut cloud = Cloud::new();
    let request = "00000000-0000-4000-8000-000000000001";
    let path = format!("{NETWORKS}?requestId={request}");
    let begun = post(&mut cloud, &path, &vpc(), 0).expect("begun");
    assert_eq!(
        (&begun["status"], begun.get("zone")),
        (&json!("RUNNING"), None)
    );
    assert_eq!(post(&mut cloud, &path, &vpc(), 1).expect("the same"), begun);
    let operation = format!(
        "{P}/global/operations/{}",
        begun["name"].as_str().expect("a name")
    );
    let wait = format!("{operation}/wait");
    assert!(post(&mut cloud, &wait, &Value::Null, 1).expect("waits")["later"].is_string());
    // Nothing can be attached to it before it is ready.
    let early = post(&mut cloud, SUBNETWORKS, &subnet("s", "10.0.0.0/20"), 1).expect_err("early");
    assert_eq!((early.status, early.reason), (400, "resourceNotReady"));
    assert_eq!(
        get(&mut cloud, &operation, 9_000).expect("there")["status"],
        "DONE"
    );

    let begun = post(&mut cloud, SUBNETWORKS, &subnet("s", "10.0.0.0/20"), 9_000).expect("begun");
    let region = begun["region"].as_str().expect("a region");
    assert!(
        region.ends_with("projects/demo/regions/us-central1"),
        "{region}"
    );
    let name = begun["name"].as_str().expect("a name");
    let operation = format!("{P}/regions/us-central1/operations/{name}");
    assert_eq!(
        get(&mut cloud, &operation, 20_000).expect("there")["status"],
        "DONE"
    );
    let network = get(&mut cloud, &format!("{NETWORKS}/jobs"), 20_000).expect("there");
    assert_eq!(network["autoCreateSubnetworks"], false);
    assert_eq!(
        network["subnetworks"][0],
        format!("http://h/compute/v1/{SUBNETWORKS}/s")
    );
    let made = get(&mut cloud, &format!("{SUBNETWORKS}/s"), 20_000).expect("there");
    assert_eq!(made["gatewayAddress"], "10.0.0.1");
    assert_eq!(made["privateIpGoogleAccess"], true);
    assert_eq!(
        made["network"],
        format!("http://h/compute/v1/{NETWORKS}/jobs")
    );
    let listed = get(&mut cloud, SUBNETWORKS, 20_000).expect("a list");
    assert_eq!(listed["items"], json!([made]));
}

#[test]
fn invalid_networks_are_refused() {
    let mut cloud = declared();
    for (path, body, status, word) in [
        (NETWORKS, json!({ "name": "n" }), 400, "Legacy"),
        (
            NETWORKS,
            json!({ "name": "n", "autoCreateSubnetworks": true }),
            501,
            "Auto-mode",
        ),
        (
            NETWORKS,
            json!({ "name": "N", "autoCreateSubnetworks": false }),
            400,
            "resource.name",
        ),
        (NETWORKS, vpc(), 409, "already exists"),
        (NETWORKS, json!({ "name": "n", "colour": 1 }), 400, "colour"),
        (
            SUBNETWORKS,
            subnet("s", "10.0.8.0/24"),
            400,
            "conflicts with existing subnetwork 'jobs'",
        ),
        (SUBNETWORKS, subnet("s", "10.0.0.1/20"), 400, "ipCidrRange"),
        (
            SUBNETWORKS,
            with(subnet("s", "10.9.0.0/20"), json!({ "network": "none" })),
            400,
            "cannot be found",
        ),
        (
            "projects/demo/regions/mars/subnetworks",
            subnet("s", "10.9.0.0/20"),
            400,
            "region",
        ),
        (
            FIREWALLS,
            json!({ "name": "f", "network": "jobs" }),
            400,
            "Exactly one",
        ),
        (
            FIREWALLS,
            json!({ "name": "f", "network": "jobs", "allowed": [{}] }),
            400,
            "IPProtocol",
        ),
    ] {
        let error = post(&mut cloud, path, &body, 20_000).expect_err("refused");
        assert!(
            error.status == status && error.message.contains(word),
            "{body}: {error:?}"
        );
    }
}

#[test]
fn a_subnetwork_patch_requires_the_fingerprint() {
    let mut cloud = declared();
    let path = format!("{SUBNETWORKS}/jobs");
    let mut patch = |body: Value, ms| ask(&mut cloud, Method::PATCH, &path, &body, ms);
    let error = patch(json!({ "privateIpGoogleAccess": false }), 20_000).expect_err("blind");
    assert_eq!(error.status, 400);
    let error = patch(json!({ "fingerprint": "x" }), 20_000).expect_err("stale");
    assert_eq!((error.status, error.reason), (412, "conditionNotMet"));
    let seen = get(&mut cloud, &path, 20_000).expect("there");
    let mut patch = |body: Value, ms| ask(&mut cloud, Method::PATCH, &path, &body, ms);
    let fingerprint = &seen["fingerprint"];
    let range = json!({ "fingerprint": fingerprint, "ipCidrRange": "10.1.0.0/20" });
    assert_eq!(patch(range, 20_000).expect_err("fixed").status, 400);
    let off = json!({ "fingerprint": fingerprint, "privateIpGoogleAccess": false });
    patch(off.clone(), 20_000).expect("begun");
    assert_eq!(patch(off, 30_000).expect_err("stale by now").status, 412);
    let now = get(&mut cloud, &path, 30_000).expect("there");
    assert_eq!(now["privateIpGoogleAccess"], false);
    assert_ne!(now["fingerprint"], seen["fingerprint"]);
}

#[test]
fn private_access_is_set_without_a_fingerprint() {
    let mut cloud = declared();
    let path = format!("{SUBNETWORKS}/jobs/setPrivateIpGoogleAccess");
    for invalid_value in [
        json!({}),
        json!({ "privateIpGoogleAccess": "no" }),
        json!({ "privateIpGoogleAccess": false, "fingerprint": "x" }),
    ] {
        let error = post(&mut cloud, &path, &invalid_value, 20_000).expect_err("refused");
        assert_eq!(error.status, 400, "{invalid_value}");
    }
    let off = json!({ "privateIpGoogleAccess": false });
    let begun = post(&mut cloud, &path, &off, 20_000).expect("begun");
    assert_eq!(begun["operationType"], "setPrivateIpGoogleAccess");
    let seen = get(&mut cloud, &format!("{SUBNETWORKS}/jobs"), 30_000).expect("there");
    assert_eq!(seen["privateIpGoogleAccess"], false);
    let nowhere = format!("{SUBNETWORKS}/none/setPrivateIpGoogleAccess");
    assert_eq!(
        post(&mut cloud, &nowhere, &off, 20_000)
            .expect_err("there is none")
            .status,
        404
    );
}

#[test]
fn a_firewall_rule_is_filled_in_and_changed() {
    let mut cloud = declared();
    let body = json!({ "name": "deny-in", "network": "global/networks/jobs",
        "denied": [{ "IPProtocol": "all" }] });
    post(&mut cloud, FIREWALLS, &body, 20_000).expect("begun");
    let path = format!("{FIREWALLS}/deny-in");
    let rule = get(&mut cloud, &path, 30_000).expect("there");
    assert_eq!(
        (&rule["direction"], &rule["priority"], &rule["sourceRanges"]),
        (&json!("INGRESS"), &json!(1000), &json!(["0.0.0.0/0"]))
    );
    let change = json!({ "priority": 65_000 });
    ask(&mut cloud, Method::PATCH, &path, &change, 30_000).expect("begun");
    let rule = get(&mut cloud, &path, 40_000).expect("there");
    assert_eq!(
        (&rule["priority"], &rule["denied"]),
        (&json!(65_000), &body["denied"])
    );
}

#[test]
fn where_networks_are_declared_a_machine_is_on_one_of_them() {
    let mut cloud = declared();
    for (interface, word) in [
        (json!({}), "referenced subnetwork resource cannot be found"),
        (
            json!({ "network": "global/networks/jobs" }),
            "custom subnetmode network",
        ),
        (
            json!({ "subnetwork": "regions/us-central1/subnetworks/x" }),
            "cannot be found",
        ),
        (
            json!({ "subnetwork": "regions/us-central1/subnetworks/jobs", "network": "default" }),
            "not in the network",
        ),
    ] {
        // In an auto-mode network the subnetwork would have the network's name.
        if word == "custom subnetmode network" {
            let path = format!("{SUBNETWORKS}/jobs");
            ask(&mut cloud, Method::DELETE, &path, &Value::Null, 20_000).expect("begun");
        }
        let machine = with(body("vm"), json!({ "networkInterfaces": [interface] }));
        let error = insert(&mut cloud, &machine, 20_000).expect_err("refused");
        assert!(
            error.status == 400 && error.message.contains(word),
            "{error:?}"
        );
        if word == "custom subnetmode network" {
            post(
                &mut cloud,
                SUBNETWORKS,
                &subnet("jobs", "10.0.0.0/20"),
                20_000,
            )
            .expect("begun");
        }
    }
    let on = json!([{ "subnetwork": "regions/us-central1/subnetworks/jobs" }]);
    insert(
        &mut cloud,
        &with(body("vm"), json!({ "networkInterfaces": on })),
        30_000,
    )
    .expect("begun");
    let vm = get(&mut cloud, VM, 40_000).expect("there");
    let network = &vm["networkInterfaces"][0]["network"];
    assert_eq!(*network, format!("http://h/compute/v1/{NETWORKS}/jobs"));
}

#[test]
fn resources_in_use_are_not_deleted() {
    let mut cloud = declared();
    let on = json!([{ "subnetwork": "regions/us-central1/subnetworks/jobs" }]);
    insert(
        &mut cloud,
        &with(body("vm"), json!({ "networkInterfaces": on })),
        20_000,
    )
    .expect("begun");
    let delete =
        |cloud: &mut Cloud, path: &str, ms| ask(cloud, Method::DELETE, path, &Value::Null, ms);
    let (network, subnetwork) = (format!("{NETWORKS}/jobs"), format!("{SUBNETWORKS}/jobs"));
    let error = delete(&mut cloud, &network, 30_000).expect_err("used");
    let words = format!("The network resource '{network}' is already being used by '{subnetwork}'");
    assert_eq!(
        (message(&error), error.reason),
        ((400, &*words), "resourceInUseByAnotherResource")
    );
    let error = delete(&mut cloud, &subnetwork, 30_000).expect_err("used");
    let words = format!("The subnetwork resource '{subnetwork}' is already being used by '{VM}'");
    assert_eq!(message(&error), (400, &*words));
    delete(&mut cloud, VM, 40_000).expect("begun");
    delete(&mut cloud, &subnetwork, 400_000).expect("begun");
    delete(&mut cloud, &network, 400_000).expect("begun");
    assert_eq!(
        get(&mut cloud, &network, 400_001).expect_err("gone").status,
        404
    );
    // Without any networks left, machines may reference any again.
    insert(&mut cloud, &body("vm"), 500_000).expect("begun");
}

#[test]
fn network_methods_require_their_permissions() {
    let mut cloud = declared();
    let rule = json!({ "name": "f", "network": "jobs", "allowed": [{ "IPProtocol": "tcp" }] });
    let required_permissions =
        |cloud: &Cloud, verb: Method, path: &str, body: &Value| -> Vec<String> {
            let full = format!("/compute/v1/{path}");
            let mut routes = routes();
            let route = routes.find(|r| r.http_method == verb && matches(r.path, &full).is_some());
            let call = call(&verb, path, body, 20_000);
            let required = route
                .expect("a route")
                .method
                .required_permissions(cloud, &call)
                .expect("needs");
            required
                .iter()
                .map(|n| format!("{} {}", n.permission, n.resource.name))
                .collect()
        };
    let network = format!("{NETWORKS}/jobs");
    let update = format!("compute.networks.updatePolicy {network}");
    assert_eq!(
        required_permissions(&cloud, Method::POST, FIREWALLS, &rule),
        [
            format!("compute.firewalls.create {FIREWALLS}/f"),
            update.clone()
        ]
    );
    post(&mut cloud, FIREWALLS, &rule, 20_000).expect("begun");
    assert_eq!(
        required_permissions(
            &cloud,
            Method::DELETE,
            &format!("{FIREWALLS}/f"),
            &Value::Null
        ),
        [format!("compute.firewalls.delete {FIREWALLS}/f"), update]
    );
    assert_eq!(
        required_permissions(
            &cloud,
            Method::POST,
            SUBNETWORKS,
            &subnet("s", "10.1.0.0/20")
        ),
        [format!("compute.subnetworks.create {SUBNETWORKS}/s")]
    );
    assert_eq!(
        required_permissions(
            &cloud,
            Method::GET,
            "projects/demo/global/operations/o",
            &Value::Null
        ),
        ["compute.globalOperations.get projects/demo/global/operations/o"]
    );
}

#[test]
fn a_router_has_a_nat_and_keeps_its_network() {
    const ROUTERS: &str = "projects/demo/regions/us-central1/routers";
    let mut cloud = declared();
    let nat = json!({ "name": "nat", "natIpAllocateOption": "AUTO_ONLY",
        "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES" });
    let router =
        |name: &str| json!({ "name": name, "network": "global/networks/jobs", "nats": [nat] });
    for (change, says) in [
        (json!({ "network": "global/networks/nosuch" }), "network"),
        (
            json!({ "nats": [{ "name": "nat" }] }),
            "natIpAllocateOption",
        ),
        (json!({ "nats": [{}] }), "nats[].name"),
    ] {
        let refused = post(&mut cloud, ROUTERS, &with(router("r"), change), 20_000);
        let refused = refused.expect_err(says);
        assert_eq!(refused.status, 400);
        assert!(refused.message.contains(says), "{}", refused.message);
    }
    post(&mut cloud, ROUTERS, &router("r"), 20_000).expect("begun");
    let path = format!("{ROUTERS}/r");
    let made = get(&mut cloud, &path, 30_000).expect("there");
    assert_eq!(made["nats"][0]["type"], "PUBLIC");
    let second = post(&mut cloud, ROUTERS, &router("second"), 30_000).expect_err("served");
    assert_eq!(second.status, 400);
    let used = ask(
        &mut cloud,
        Method::DELETE,
        &format!("{NETWORKS}/jobs"),
        &Value::Null,
        30_000,
    );
    assert_eq!(used.expect_err("used").status, 400);
    let none = json!({ "nats": [] });
    ask(&mut cloud, Method::PATCH, &path, &none, 40_000).expect("begun");
    let changed = get(&mut cloud, &path, 50_000).expect("there");
    assert_eq!(changed["nats"], json!([]), "{changed}");
    ask(&mut cloud, Method::DELETE, &path, &Value::Null, 60_000).expect("begun");
    assert_eq!(status(&mut cloud, &path, 70_000), "404");
}
