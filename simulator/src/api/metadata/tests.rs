//! What a guest reads, and when its long polls end.

use crate::{
    Audit, Cloud, CloudResponse, Guest,
    api::compute::tests::{ask, at, body, insert},
};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

fn reply(cloud: &mut Cloud, guest: &Guest, path: &str, arrived: i64, now: i64) -> CloudResponse {
    cloud.advance(at(now));
    let request = Request::get(path)
        .header("Metadata-Flavor", "Google")
        .body(Bytes::new());
    cloud.metadata(guest, &request.expect("a request"), at(arrived), at(now))
}

fn read(cloud: &mut Cloud, guest: &Guest, path: &str) -> (Response<Bytes>, Audit) {
    let path = format!("/computeMetadata/v1/{path}");
    match reply(cloud, guest, &path, 1000, 1000) {
        CloudResponse::Ready(response, audit) => (response, *audit),
        CloudResponse::WaitUntil(until) => panic!("later: {until}"),
    }
}

fn text(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).expect("text")
}

fn running() -> (Cloud, Guest) {
    let mut cloud = Cloud::new();
    let begun = insert(&mut cloud, &body("vm"), 0).expect("inserted");
    cloud.advance(at(800));
    let id = begun["targetId"].as_str().expect("an id").to_owned();
    (cloud, Guest::Instance(id))
}

#[test]
fn a_machine_reads_about_itself() {
    let (mut cloud, guest) = running();
    let Guest::Instance(id) = guest.clone() else {
        panic!("a machine")
    };
    let number = cloud.iam.project_number("demo");
    let zone = format!("projects/{number}/zones/us-central1-a");
    for (path, wanted) in [
        ("instance/id", id.as_str()),
        ("instance/name", "vm"),
        ("instance/zone", &zone),
        ("instance/hostname", "vm.us-central1-a.c.demo.internal"),
        ("instance/attributes/", "k\n"),
        ("instance/attributes/k", "v"),
        ("instance/tags", "[]"),
        ("instance/maintenance-event", "NONE"),
        ("instance/preempted", "FALSE"),
        ("instance/scheduling/automatic-restart", "TRUE"),
        ("instance/scheduling/on-host-maintenance", "MIGRATE"),
        (
            "instance/service-accounts/",
            "default/\njob@demo.iam.gserviceaccount.com/\n",
        ),
        (
            "instance/service-accounts/default/",
            "aliases\nemail\nidentity\nscopes\ntoken\n",
        ),
        (
            "instance/service-accounts/default/email",
            "job@demo.iam.gserviceaccount.com",
        ),
        (
            "instance/service-accounts/job%40demo.iam.gserviceaccount.com/aliases",
            "default\n",
        ),
        ("project/project-id", "demo"),
        ("project/numeric-project-id", &number),
        ("instance/name?alt=json", "\"vm\""),
        (
            "instance/scheduling/?recursive=true",
            "{\"automaticRestart\":\"TRUE\",\"onHostMaintenance\":\"MIGRATE\",\"preemptible\":\"FALSE\"}",
        ),
        ("instance/attributes/?recursive=true&alt=text", "k v\n"),
        ("", "instance/\nproject/\n"),
    ] {
        let (response, audit) = read(&mut cloud, &guest, path);
        assert_eq!(
            (response.status().as_u16(), text(&response)),
            (200, wanted),
            "{path}"
        );
        assert_eq!(response.headers()["metadata-flavor"], "Google");
        assert_eq!(
            audit.principal,
            "serviceAccount:job@demo.iam.gserviceaccount.com"
        );
    }
    for (path, status) in [
        ("instance/attributes/none", 404),
        ("instance/upcoming-maintenance?alt=json", 404),
        ("instance/attributes", 301),
        ("instance/service-accounts/default/identity", 400),
    ] {
        assert_eq!(
            read(&mut cloud, &guest, path).0.status().as_u16(),
            status,
            "{path}"
        );
    }
    let all: Value =
        serde_json::from_slice(read(&mut cloud, &guest, "?recursive=true").0.body()).expect("JSON");
    assert_eq!(
        all["instance"]["serviceAccounts"]["default"]["aliases"],
        json!(["default"])
    );
    assert!(
        all["instance"]["serviceAccounts"]["default"]
            .get("token")
            .is_none()
    );
}

#[test]
fn only_a_guest_that_asks_properly_is_answered() {
    let (mut cloud, guest) = running();
    for (headers, status) in [
        (vec![], 403),
        (vec![("Metadata-Flavor", "google")], 403),
        (
            vec![
                ("Metadata-Flavor", "Google"),
                ("X-Forwarded-For", "1.2.3.4"),
            ],
            403,
        ),
        (vec![("Metadata-Flavor", "Google")], 200),
    ] {
        let mut request = Request::get("/computeMetadata/v1/instance/id");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Bytes::new()).expect("a request");
        let CloudResponse::Ready(response, audit) =
            cloud.metadata(&guest, &request, at(1000), at(1000))
        else {
            panic!("at once");
        };
        assert_eq!((response.status().as_u16(), audit.status), (status, status));
    }
    let Guest::Instance(id) = &guest else {
        panic!("a machine")
    };
    let vm = "projects/demo/zones/us-central1-a/instances/vm";
    ask(&mut cloud, http::Method::DELETE, vm, &Value::Null, 1000).expect("deleting");
    assert_eq!(
        read(&mut cloud, &guest, "instance/id").0.status().as_u16(),
        200
    );
    cloud.guest_stopped(id, at(1000));
    assert_eq!(
        read(&mut cloud, &guest, "instance/id").0.status().as_u16(),
        503
    );
    let nobody = Guest::Instance("1".to_owned());
    assert_eq!(
        read(&mut cloud, &nobody, "instance/id").0.status().as_u16(),
        503
    );
}

#[test]
fn a_long_poll_ends_with_a_change_or_its_time() {
    let (mut cloud, guest) = running();
    let path = "instance/maintenance-event";
    let (first, _) = read(&mut cloud, &guest, path);
    let etag = first.headers()["etag"].to_str().expect("text").to_owned();
    let wait =
        format!("/computeMetadata/v1/{path}?wait_for_change=true&timeout_sec=60&last_etag={etag}");
    let anew = format!("/computeMetadata/v1/{path}?wait_for_change=true");
    let stale = format!("{anew}&last_etag=0");
    assert!(
        matches!(reply(&mut cloud, &guest, &wait, 1000, 1000), CloudResponse::WaitUntil(t) if t == at(61_000))
    );
    assert!(matches!(
        reply(&mut cloud, &guest, &wait, 1000, 61_000),
        CloudResponse::Ready(..)
    ));
    assert!(matches!(
        reply(&mut cloud, &guest, &anew, 61_000, 61_000),
        CloudResponse::WaitUntil(_)
    ));
    assert!(matches!(
        reply(&mut cloud, &guest, &stale, 61_000, 61_000),
        CloudResponse::Ready(..)
    ));

    let simulate = "projects/demo/zones/us-central1-a/instances/vm/simulateMaintenanceEvent";
    ask(
        &mut cloud,
        http::Method::POST,
        simulate,
        &Value::Null,
        62_000,
    )
    .expect("announced");
    for path in [wait, anew] {
        let CloudResponse::Ready(response, _) = reply(&mut cloud, &guest, &path, 61_000, 62_000)
        else {
            panic!("changed");
        };
        assert_eq!(text(&response), "MIGRATE_ON_HOST_MAINTENANCE");
        assert_ne!(response.headers()["etag"].to_str().expect("text"), etag);
    }
    let upcoming = reply(
        &mut cloud,
        &guest,
        "/computeMetadata/v1/instance/upcoming-maintenance?alt=json",
        62_000,
        62_000,
    );
    let CloudResponse::Ready(response, _) = upcoming else {
        panic!("at once")
    };
    let window: Value = serde_json::from_slice(response.body()).expect("JSON");
    assert_eq!(window["window_start_time"], json!(at(72_000)));
}

#[test]
fn a_cloud_run_service_has_little_metadata() {
    let mut cloud = Cloud::new();
    let guest = Guest::Service {
        project: "demo".to_owned(),
        account: "run@demo.iam.gserviceaccount.com".to_owned(),
    };
    let (email, _) = read(
        &mut cloud,
        &guest,
        "instance/service-accounts/default/email",
    );
    assert_eq!(text(&email), "run@demo.iam.gserviceaccount.com");
    let (region, _) = read(&mut cloud, &guest, "instance/region");
    assert!(text(&region).ends_with("/regions/us-central1"));
    assert_eq!(
        read(&mut cloud, &guest, "instance/id").0.status().as_u16(),
        404
    );
}
