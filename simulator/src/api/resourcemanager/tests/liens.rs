//! Liens of projects.

use super::{ORGANIZATION, World};
use serde_json::{Value, json};

const NULL: Value = Value::Null;
const RESTRICTION: &str = "resourcemanager.projects.delete";

/// A world with a project, and the project's name by number.
fn world() -> (World, String) {
    let mut world = World::new();
    let role = "roles/resourcemanager.lienModifier";
    let admin = "user:admin@example.com";
    world.0.cloud.grant(ORGANIZATION, role, admin, None);
    world.project("one-project", "folders/7");
    let name = world.get("/v3/projects/one-project")["name"].clone();
    (world, name.as_str().expect("a name").to_owned())
}

fn body(parent: &str) -> Value {
    json!({ "parent": parent, "restrictions": [RESTRICTION], "origin": "factory",
        "reason": "production" })
}

#[test]
fn a_project_with_a_lien_cannot_be_deleted() {
    let (mut world, project) = world();
    let lien = world.ok("POST /v3/liens", body("projects/one-project"));
    let name = lien["name"].as_str().expect("a name").to_owned();
    let (_, number) = project.split_once('/').expect("a number");
    assert!(name.starts_with(&format!("liens/p{number}-l")), "{name}");
    assert_eq!(lien["parent"], *project);
    assert!(lien["createTime"].is_string(), "{lien}");

    for call in [
        "DELETE /v1/projects/one-project",
        "DELETE /v3/projects/one-project",
    ] {
        let (status, answer) = world.admin(call, NULL);
        let error = &answer["error"];
        assert_eq!(
            (status, &error["status"]),
            (400, &json!("FAILED_PRECONDITION"))
        );
        assert_eq!(error["message"], "Precondition check failed.");
        let violation = json!({
            "type": "LIEN",
            "subject": name,
            "description": "A lien to prevent deletion was placed on the project by [factory]. \
                            Remove the lien to allow deletion.",
        });
        assert_eq!(error["details"][0]["violations"], json!([violation]));
        assert_eq!(error["details"][2]["reason"], "PROJECT_DELETE_LIEN");
    }
    assert_eq!(world.get("/v3/projects/one-project")["state"], "ACTIVE");

    assert_eq!(world.ok(&format!("DELETE /v3/{name}"), NULL), json!({}));
    world.finish("DELETE /v3/projects/one-project", NULL);
    let late = world.error("admin", "POST /v3/liens", body(&project));
    assert_eq!(late, (403, "Cannot update an inactive project.".to_owned()));
}

#[test]
fn liens_are_listed_by_project() {
    let (mut world, project) = world();
    world.project("other-project", "folders/7");
    // As gcloud asks.
    let lien = world.ok("POST /v1/liens", body(&project));
    world.ok("POST /v3/liens", body("projects/other-project"));
    for parent in ["projects/one-project", &project] {
        for version in ["v1", "v3"] {
            let list = world.get(&format!("/{version}/liens?parent={parent}"));
            assert_eq!(list, json!({ "liens": [lien] }));
        }
    }
    let name = lien["name"].as_str().expect("a name").to_owned();
    assert_eq!(world.get(&format!("/v3/{name}")), lien);
    world.ok(&format!("DELETE /v1/{name}"), NULL);
    let list = world.get(&format!("/v3/liens?parent={project}"));
    assert_eq!(list, json!({}));
    assert_eq!(
        world.error("admin", &format!("GET /v3/{name}"), NULL).0,
        404
    );
    let other = world.error("admin", "DELETE /v3/projects/other-project", NULL);
    assert_eq!(other.0, 400);
}

#[test]
fn a_lien_is_for_those_who_may_change_liens_of_its_project() {
    let (mut world, project) = world();
    let lien = world.ok("POST /v3/liens", body(&project));
    let lien = lien["name"].as_str().expect("a name").to_owned();
    let viewer = "user:viewer@example.com";
    let role = "roles/viewer";
    world.0.cloud.grant(ORGANIZATION, role, viewer, None);
    let calls = [
        ("POST /v3/liens".to_owned(), 403),
        (format!("GET /v3/{lien}"), 200),
        (format!("GET /v3/liens?parent={project}"), 200),
        (format!("DELETE /v3/{lien}"), 403),
    ];
    for (call, status) in &calls {
        assert_eq!(
            world.ask("viewer", call, body(&project)).0,
            *status,
            "{call}"
        );
        assert_eq!(world.ask("nobody", call, body(&project)).0, 403, "{call}");
    }
    let (_, refused) = world.ask("viewer", &format!("DELETE /v3/{lien}"), NULL);
    let metadata = &refused["error"]["details"][0]["metadata"];
    assert_eq!(
        metadata["permission"],
        "resourcemanager.projects.updateLiens"
    );
}

#[test]
fn a_lien_blocks_deletion_and_nothing_else() {
    let (mut world, project) = world();
    for (field, wrong) in [
        ("restrictions", json!([])),
        ("restrictions", json!(["resourcemanager.projects.update"])),
        ("restrictions", json!([RESTRICTION, RESTRICTION])),
        ("origin", "x".repeat(201).into()),
        ("reason", "x".repeat(201).into()),
    ] {
        let mut body = body(&project);
        body[field] = wrong;
        let (status, message) = world.error("admin", "POST /v3/liens", body);
        assert_eq!(status, 400, "{message}");
        assert!(message.contains(field), "{message}");
    }
    let mut longest = body(&project);
    longest["reason"] = "x".repeat(200).into();
    world.ok("POST /v3/liens", longest);
}
