//! The standard methods, on kinds of each dialect.

use crate::api::{kinds::KINDS, routes::routes, test_cloud::TestCloud};
use crate::iam::Principal;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const REPOSITORIES: &str = "/v1/projects/demo-project/locations/us-west1/repositories";

const NULL: Value = Value::Null;

fn create(world: &mut TestCloud, id: &str, body: &Value) -> Value {
    let call = format!("POST {REPOSITORIES}?repositoryId={id}");
    let (status, operation) = world.owner(&call, body);
    assert_eq!(status, 200, "{operation}");
    operation
}

fn docker() -> Value {
    json!({ "format": "DOCKER", "labels": { "team": "a" } })
}

#[test]
fn a_resource_is_created_by_an_operation_and_shown() {
    let mut world = TestCloud::new();
    let operation = create(&mut world, "images", &docker());
    let name = operation["name"].as_str().expect("a name");
    assert!(
        name.starts_with("projects/demo-project/locations/us-west1/operations/"),
        "{name}"
    );
    assert_eq!(operation.get("done"), None);
    world.advance(3);
    let (_, operation) = world.owner(&format!("GET /v1/{name}"), &NULL);
    assert_eq!(operation["done"], true);
    let response = &operation["response"];
    assert_eq!(
        response["@type"],
        "type.googleapis.com/google.devtools.artifactregistry.v1.Repository"
    );
    let (status, shown) = world.owner(&format!("GET {REPOSITORIES}/images"), &NULL);
    assert_eq!(status, 200);
    assert_eq!(
        (&shown["name"], &shown["mode"], &shown["registryUri"]),
        (
            &json!("projects/demo-project/locations/us-west1/repositories/images"),
            &json!("STANDARD_REPOSITORY"),
            &json!("us-west1-docker.pkg.dev/demo-project/images")
        )
    );
    assert!(shown["createTime"].is_string() && shown["updateTime"].is_string());
}

#[test]
fn a_name_is_used_once_and_checked() {
    let mut world = TestCloud::new();
    create(&mut world, "images", &docker());
    for (id, body, status) in [
        ("images", docker(), 409),
        ("Images", docker(), 400),
        ("", docker(), 400),
        ("other", json!({}), 400),
    ] {
        let call = format!("POST {REPOSITORIES}?repositoryId={id}");
        assert_eq!(world.owner(&call, &body).0, status, "{id} {body}");
    }
}

#[test]
fn fields_are_those_of_the_schema() {
    let mut world = TestCloud::new();
    let call = format!("POST {REPOSITORIES}?repositoryId=images");
    for (body, word) in [
        (
            json!({ "colour": "red" }),
            "Unknown name \"colour\": Cannot find field.",
        ),
        (
            json!({ "dockerConfig": { "x": 1 } }),
            "Unknown name \"x\" at 'dockerConfig'",
        ),
        (json!({ "format": "TAPE" }), "Invalid value at 'format'"),
        (json!({ "format": 99 }), "Invalid value at 'format'"),
        (
            json!({ "labels": { "a": 1 } }),
            "'labels.a' (TYPE_STRING), 1",
        ),
        (json!({ "cleanupPolicyDryRun": "maybe" }), "(TYPE_BOOL)"),
        (json!({ "labels": [] }), "(TYPE_MESSAGE)"),
    ] {
        let (status, error) = world.owner(&call, &body);
        let message = error["error"]["message"].as_str().unwrap_or_default();
        assert!(status == 400 && message.contains(word), "{body}: {error}");
    }
    // Numbers of enums, spelling with underscores, output-only fields.
    let body = json!({ "format": 1, "docker_config": { "immutable_tags": true },
        "sizeBytes": "7", "description": "", "mode": "MODE_UNSPECIFIED" });
    create(&mut world, "images", &body);
    let (_, shown) = world.owner(&format!("GET {REPOSITORIES}/images"), &NULL);
    assert_eq!(shown["format"], "DOCKER");
    assert_eq!(shown["mode"], "STANDARD_REPOSITORY");
    assert_eq!(shown["dockerConfig"]["immutableTags"], true);
    assert_eq!(
        (shown.get("sizeBytes"), shown.get("description")),
        (None, None)
    );
    let asked = format!("GET {REPOSITORIES}/images?$alt=json;enum-encoding=int");
    assert_eq!(world.owner(&asked, &NULL).1["format"], 1);
}

#[test]
fn a_mask_says_what_changes() {
    let mut world = TestCloud::new();
    create(&mut world, "images", &docker());
    let one = format!("{REPOSITORIES}/images");
    let mut patch =
        |mask: &str, body: Value| world.owner(&format!("PATCH {one}?updateMask={mask}"), &body);
    let (status, changed) = patch(
        "description",
        json!({ "description": "of jobs", "labels": { "team": "b" } }),
    );
    assert_eq!(status, 200);
    assert_eq!(
        (&changed["description"], &changed["labels"]["team"]),
        (&json!("of jobs"), &json!("a"))
    );
    let (_, changed) = patch("labels.team", json!({ "labels": { "team": "c" } }));
    assert_eq!(changed["labels"], json!({ "team": "c" }));
    let (_, changed) = patch(
        "docker_config.immutable_tags",
        json!({ "dockerConfig": { "immutableTags": true } }),
    );
    assert_eq!(changed["dockerConfig"]["immutableTags"], true);
    // A selected field that the body does not have is cleared.
    let (_, changed) = patch("description,labels", json!({}));
    assert_eq!(
        (changed.get("description"), changed.get("labels")),
        (None, None)
    );
    // Without a mask, the fields of the body.
    let (_, changed) = patch("", json!({ "description": "x" }));
    assert_eq!(
        (&changed["description"], &changed["format"]),
        (&json!("x"), &json!("DOCKER"))
    );
    for (mask, body) in [
        ("colour", json!({})),
        ("format", json!({ "format": "NPM" })),
        ("", json!({ "format": "NPM" })),
        ("*", json!({ "format": "NPM" })),
    ] {
        assert_eq!(patch(mask, body).0, 400, "{mask}");
    }
    assert_eq!(patch("*", json!({ "labels": { "team": "d" } })).0, 200);
    let (_, shown) = world.owner(&format!("GET {one}"), &NULL);
    assert_eq!(
        (&shown["format"], shown.get("description")),
        (&json!("DOCKER"), None)
    );
}

#[test]
fn lists_are_filtered_ordered_and_paged() {
    let mut world = TestCloud::new();
    for (id, team) in [("a", "x"), ("b", "y"), ("c", "x"), ("d", "x")] {
        create(
            &mut world,
            id,
            &json!({ "format": "NPM", "labels": { "team": team } }),
        );
        world.advance(1);
    }
    let mut ids = |query: &str| {
        let (status, page) = world.owner(&format!("GET {REPOSITORIES}?{query}"), &NULL);
        assert_eq!(status, 200, "{page}");
        let items = page["repositories"].as_array().cloned().unwrap_or_default();
        let ids = items.iter().map(|item| {
            let name = item["name"].as_str().unwrap_or_default();
            name.rsplit('/').next().unwrap_or_default().to_owned()
        });
        let token = page["nextPageToken"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (ids.collect::<String>(), token)
    };
    assert_eq!(ids(""), ("abcd".to_owned(), String::new()));
    assert_eq!(ids("filter=labels.team=x").0, "acd");
    assert_eq!(
        ids("filter=labels.team=x&orderBy=createTime%20desc").0,
        "dca"
    );
    // Both spellings, as in bodies and masks.
    assert_eq!(ids("orderBy=create_time%20desc").0, "dcba");
    assert_eq!(
        ids("filter=create_time%3C%222000-01-01T00:00:00Z%22").0,
        "abcd"
    );
    assert_eq!(ids("filter=docker_config.immutable_tags=true").0, "");
    for query in ["", "&filter=labels.team=x", "&orderBy=name%20desc"] {
        let all = ids(query).0;
        let (mut got, mut token) = (String::new(), String::new());
        loop {
            let (page, next) = ids(&format!("pageSize=2&pageToken={token}{query}"));
            got.push_str(&page);
            if next.is_empty() {
                break;
            }
            token = next;
        }
        assert_eq!(got, all, "{query}");
    }
    assert_eq!(ids("").0.len(), 4);
    let everywhere = "GET /v1/projects/demo-project/locations/-/repositories";
    let (_, page) = world.owner(everywhere, &NULL);
    assert_eq!(page["repositories"].as_array().map(Vec::len), Some(4));
    for invalid in [
        "filter=(",
        "filter=nonesuch=x",
        "filter=labels.team=x%20OR%20dockerConfig.nonesuch=x",
        "pageToken=x",
        "orderBy=name%20up",
        "orderBy=nonesuch",
    ] {
        assert_eq!(
            world
                .owner(&format!("GET {REPOSITORIES}?{invalid}"), &NULL)
                .0,
            400,
            "{invalid}"
        );
    }
}

#[test]
fn a_deleted_resource_and_its_policy_are_gone() {
    let mut world = TestCloud::new();
    create(&mut world, "images", &docker());
    let one = format!("{REPOSITORIES}/images");
    let reader = Principal::user("reader@example.com");
    let policy = json!({ "policy": { "bindings": [{
        "role": "roles/artifactregistry.reader", "members": ["user:reader@example.com"] }] } });
    assert_eq!(world.ask(&reader, &format!("GET {one}"), &NULL).0, 403);
    let (status, answer) = world.owner(&format!("POST {one}:setIamPolicy"), &policy);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(world.ask(&reader, &format!("GET {one}"), &NULL).0, 200);
    let (status, answer) = world.ask(&reader, &format!("DELETE {one}"), &NULL);
    let message = answer["error"]["message"].as_str().unwrap_or_default();
    assert_eq!(status, 403);
    assert!(message.starts_with(
        "Permission 'artifactregistry.repositories.delete' denied on resource \
         '//artifactregistry.googleapis.com/projects/demo-project/locations/us-west1/repositories/images'"
    ), "{message}");
    assert_eq!(world.owner(&format!("DELETE {one}"), &NULL).0, 200);
    let (status, error) = world.owner(&format!("GET {one}"), &NULL);
    assert_eq!(
        (status, &error["error"]["message"]),
        (404, &json!("Requested entity was not found."))
    );
    create(&mut world, "images", &docker());
    assert_eq!(world.ask(&reader, &format!("GET {one}"), &NULL).0, 403);
}

#[test]
fn every_kind_has_its_standard_methods_each_with_a_permission() {
    let mut ids = BTreeSet::new();
    for route in routes() {
        ids.insert(route.id);
    }
    for kind in KINDS {
        let prefix = &kind.facts().prefix;
        for method in ["get", "list"] {
            assert!(
                ids.contains(&*format!("{prefix}{method}")),
                "{prefix}{method}"
            );
        }
    }
}
