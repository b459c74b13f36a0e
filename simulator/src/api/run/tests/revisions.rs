use super::{HELLO, NULL, TestCloud, completed, create, get, hello, message, patch, revisions};
use serde_json::json;

#[test]
fn a_changed_template_makes_a_revision() {
    let mut world = TestCloud::new();
    create(&mut world);
    let first = revisions(&mut world).remove(0);
    // The same template, with its defaults.
    let mut service = get(&mut world);
    service["description"] = "says hello".into();
    patch(&mut world, "", &service);
    assert_eq!(revisions(&mut world), [&*first]);
    let patched = patch(&mut world, "?updateMask=template", &hello("two"));
    assert_eq!(patched["description"], "says hello");
    let all = revisions(&mut world);
    assert!(all[0].starts_with("hello-00003-"), "{all:?}");
    assert_eq!(all[1..], [&*first]);
    assert_eq!(
        patched["latestReadyRevision"],
        format!("{HELLO}/revisions/{}", all[0])
    );
    patch(
        &mut world,
        "?updateMask=template&forceNewRevision=true",
        &hello("two"),
    );
    assert_eq!(revisions(&mut world).len(), 3);

    let (_, revision) = world.owner(&format!("GET /v2/{HELLO}/revisions/{first}"), &NULL);
    assert_eq!(revision["name"], format!("{HELLO}/revisions/{first}"));
    assert_eq!(revision["service"], "hello");
    assert_eq!(revision["containers"][0]["env"][0]["value"], "bar");
    assert_eq!(revision["conditions"][0]["type"], "Ready");
    assert_eq!(revision["conditions"][0]["state"], "CONDITION_SUCCEEDED");
    assert_eq!(revision["conditions"][1]["revisionReason"], "RETIRED");
    let everywhere = HELLO.replace("hello", "-");
    let (_, list) = world.owner(&format!("GET /v2/{everywhere}/revisions"), &NULL);
    assert_eq!(list["revisions"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_revision_may_be_named_once() {
    let mut world = TestCloud::new();
    create(&mut world);
    let first = revisions(&mut world).remove(0);
    let mut body = hello("green");
    for bad in ["green", "hello-Green", "other-green"] {
        body["template"]["revision"] = bad.into();
        let (status, answer) = world.owner(&format!("PATCH /v2/{HELLO}"), &body);
        assert_eq!(status, 400, "{bad}: {answer}");
    }
    body["template"]["revision"] = "hello-green".into();
    // In one step: the candidate has a tag, and the old revision the traffic.
    body["traffic"] = json!([
        { "revision": first, "percent": 100 },
        { "revision": "hello-green", "tag": "green" },
    ]);
    patch(&mut world, "?updateMask=template,traffic", &body);
    assert_eq!(revisions(&mut world), ["hello-green", &first]);
    // Again: it is the same.
    patch(&mut world, "?updateMask=template,traffic", &body);
    assert_eq!(revisions(&mut world).len(), 2);
    body["template"]["timeout"] = "10s".into();
    let (status, answer) = world.owner(&format!("PATCH /v2/{HELLO}"), &body);
    let words = "Revision named 'hello-green' with different configuration already exists.";
    assert_eq!((status, message(&answer)), (409, words));
}

#[test]
fn a_revision_in_use_cannot_be_deleted() {
    let mut world = TestCloud::new();
    create(&mut world);
    let first = revisions(&mut world).remove(0);
    let mut body = hello("two");
    body["traffic"] = json!([{ "percent": 100 }, { "revision": first, "tag": "old" }]);
    patch(&mut world, "", &body);
    let all = revisions(&mut world);
    for id in &all {
        let (status, answer) = world.owner(&format!("DELETE /v2/{HELLO}/revisions/{id}"), &NULL);
        assert_eq!(
            (status, &answer["error"]["status"]),
            (400, &json!("FAILED_PRECONDITION"))
        );
    }
    patch(&mut world, "?updateMask=traffic", &json!({}));
    let begun = world.owner(&format!("DELETE /v2/{HELLO}/revisions/{first}"), &NULL);
    let deleted = completed(&mut world, begun);
    assert_eq!(
        deleted["@type"],
        "type.googleapis.com/google.cloud.run.v2.Revision"
    );
    assert_eq!(revisions(&mut world), all[..1]);
    world.owner(&format!("DELETE /v2/{HELLO}"), &NULL);
    let (status, _) = world.owner(&format!("GET /v2/{HELLO}/revisions/{}", all[0]), &NULL);
    assert_eq!(status, 404);
}
