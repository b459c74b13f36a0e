//! Folders.

use super::{World, names};
use serde_json::{Value, json};

const NULL: Value = Value::Null;

/// The exchanges of a recording.
#[test]
fn a_folder_lives_as_recorded() {
    let mut world = World::new();
    let search = "/v3/folders:search?alt=json&pageToken=&query=state%3DACTIVE+AND+\
                  parent%3Dfolders%2F7+AND+displayName%3D%22KCC+1%22";
    assert_eq!(world.get(search), json!({}));
    let body = json!({ "displayName": "KCC 1", "parent": "folders/7" });
    let operation = world.ok("POST /v3/folders?alt=json", body);
    let name = operation["name"].as_str().expect("a name").to_owned();
    assert!(name.starts_with("operations/cf."));
    assert_eq!(operation, json!({ "name": name }));
    world.0.advance(3);
    let operation = world.get(&format!("/v1/{name}?alt=json"));
    let mut response = operation["response"].clone();
    assert_eq!(
        operation,
        json!({ "name": name, "done": true, "response": response })
    );
    assert_eq!(
        response["@type"],
        "type.googleapis.com/google.cloud.resourcemanager.v3.Folder"
    );
    if let Some(fields) = response.as_object_mut() {
        fields.remove("@type");
    }
    let folder = response["name"].as_str().expect("a name").to_owned();
    let path = format!("/v3/{folder}");
    assert_eq!(world.get(&path), response);
    assert_eq!(names(&world.get(search), "folders", "name"), [folder]);
    let keys: Vec<&String> = response.as_object().expect("fields").keys().collect();
    assert_eq!(
        keys,
        [
            "createTime",
            "displayName",
            "etag",
            "name",
            "parent",
            "state",
            "updateTime"
        ]
    );
    let patched = world.ok(
        &format!("PATCH {path}"),
        json!({ "displayName": "KCC-2 1" }),
    );
    assert_eq!(
        patched["metadata"]["@type"],
        "type.googleapis.com/google.cloud.resourcemanager.v3.UpdateFolderMetadata"
    );
    let shown = world.get(&path);
    assert_eq!(
        (&shown["displayName"], &shown["state"], &shown["parent"]),
        (&json!("KCC-2 1"), &json!("ACTIVE"), &json!("folders/7"))
    );
    let deleted = world.ok(&format!("DELETE {path}"), NULL);
    assert_eq!(deleted["done"], true);
    assert_eq!(deleted["response"]["state"], "DELETE_REQUESTED");
}

#[test]
fn v2_shows_the_same_folders() {
    let mut world = World::new();
    let body = json!({ "displayName": "Team A" });
    let done = world.finish("POST /v2/folders?parent=organizations/1", body);
    let response = &done["response"];
    assert_eq!(
        (&response["parent"], &response["lifecycleState"]),
        (&json!("organizations/1"), &json!("ACTIVE"))
    );
    let name = response["name"].as_str().expect("a name").to_owned();
    let patch = format!("PATCH /v2/{name}?updateMask=display_name");
    assert_eq!(
        world.ok(&patch, json!({ "displayName": "Team B" }))["displayName"],
        "Team B"
    );
    let list = "/v2/folders?parent=organizations/1";
    assert_eq!(
        names(&world.get(list), "folders", "displayName"),
        ["7", "Team B"]
    );
    let deleted = world.ok(&format!("DELETE /v2/{name}"), NULL);
    assert_eq!(deleted["lifecycleState"], "DELETE_REQUESTED");
    assert_eq!(names(&world.get(list), "folders", "displayName"), ["7"]);
    let all = format!("{list}&showDeleted=true");
    assert_eq!(names(&world.get(&all), "folders", "displayName").len(), 2);
    let query = json!({ "query": "lifecycleState=DELETE_REQUESTED" });
    let found = world.ok("POST /v2/folders:search", query);
    assert_eq!(names(&found, "folders", "name"), [name.as_str()]);
    // It cannot be changed, but restored for 30 days.
    assert_eq!(
        world.admin(&patch, json!({ "displayName": "Team C" })).0,
        400
    );
    assert_eq!(world.admin(&format!("DELETE /v3/{name}"), NULL).0, 400);
    world.days(29);
    let restored = world.ok(&format!("POST /v2/{name}:undelete"), json!({}));
    assert_eq!(restored["lifecycleState"], "ACTIVE");
    world.ok(&format!("DELETE /v2/{name}"), NULL);
    world.days(31);
    assert_eq!(world.admin(&format!("GET /v2/{name}"), NULL).0, 403);
    assert_eq!(names(&world.get(&all), "folders", "displayName"), ["7"]);
}

#[test]
fn display_names_are_checked_and_unique_among_siblings() {
    let mut world = World::new();
    for bad in ["ab", "", "-abc", "abc ", "a/b", "x".repeat(31).as_str()] {
        let body = json!({ "displayName": bad, "parent": "folders/7" });
        assert_eq!(world.admin("POST /v3/folders", body).0, 400, "{bad:?}");
    }
    let one = world.folder("folders/7", "Übung_1 - a");
    let two = world.folder("organizations/1", "Übung_1 - a");
    let three = world.folder("folders/7", "other");
    let taken = json!({ "displayName": "Übung_1 - a", "parent": "folders/7" });
    let words = "The folder operation violates display name uniqueness within the parent.";
    for (call, body) in [
        ("POST /v3/folders".to_owned(), taken.clone()),
        (
            format!("PATCH /v3/{three}"),
            json!({ "displayName": "Übung_1 - a" }),
        ),
        (
            format!("POST /v3/{two}:move"),
            json!({ "destinationParent": "folders/7" }),
        ),
    ] {
        assert_eq!(
            world.error("admin", &call, body),
            (400, words.to_owned()),
            "{call}"
        );
    }
    // The name of a deleted folder is free, and then it cannot be restored.
    world.ok(&format!("DELETE /v3/{one}"), NULL);
    world.finish("POST /v3/folders", taken);
    let undelete = format!("POST /v3/{one}:undelete");
    assert_eq!(
        world.error("admin", &undelete, json!({})),
        (400, words.to_owned())
    );
}

#[test]
fn the_hierarchy_has_ten_levels_of_at_most_300() {
    let mut world = World::new();
    let mut folder = "folders/7".to_owned();
    for level in 2..=10 {
        folder = world.folder(&folder, &format!("level {level}"));
    }
    let body = json!({ "displayName": "level 11", "parent": folder });
    let (status, error) = world.admin("POST /v3/folders", body);
    assert_eq!(
        (
            status,
            &error["error"]["details"][0]["violations"][0]["type"]
        ),
        (400, &json!("ACTIVE_FOLDER_HEIGHT_VIOLATION"))
    );
    // Moved folders bring theirs with them.
    let top = world.folder("organizations/1", "top");
    let call = "POST /v3/folders/7:move";
    let (status, error) = world.error("admin", call, json!({ "destinationParent": top }));
    assert!(
        status == 400 && error.contains("max folder depth"),
        "{error}"
    );
    let (_, error) = world.error("admin", call, json!({ "destinationParent": folder }));
    assert!(error.contains("introduce cycle"), "{error}");
    for number in 0..300 {
        let id = (1000 + number).to_string();
        world.0.cloud.add_folder(&id, &top);
    }
    let body = json!({ "displayName": "one more", "parent": top });
    let (status, error) = world.error("admin", "POST /v3/folders", body);
    assert!(
        status == 400 && error.contains("max child folders"),
        "{error}"
    );
}

#[test]
fn only_an_empty_folder_is_deleted_and_nothing_enters_a_deleted_one() {
    let mut world = World::new();
    let outer = world.folder("folders/7", "outer");
    let inner = world.folder(&outer, "inner");
    world.project("in-outer", &outer);
    let delete = format!("DELETE /v3/{outer}");
    let refused = (
        400,
        "Folder cannot be deleted as it contains active resources.".to_owned(),
    );
    assert_eq!(world.error("admin", &delete, NULL), refused);
    world.ok(&format!("DELETE /v3/{inner}"), NULL);
    assert_eq!(world.error("admin", &delete, NULL), refused);
    world.finish("DELETE /v3/projects/in-outer", NULL);
    world.ok(&delete, NULL);
    let words = format!(
        "Folder reservation failed for parent [{outer}], folder [] due to constraint: \
         The destination resource has been deleted."
    );
    let into = json!({ "destinationParent": outer });
    for (call, body) in [
        (
            "POST /v3/folders".to_owned(),
            json!({ "displayName": "abc", "parent": outer }),
        ),
        (
            "POST /v3/projects".to_owned(),
            json!({ "projectId": "too-late", "parent": outer }),
        ),
        (format!("POST /v3/{inner}:undelete"), json!({})),
        ("POST /v1/projects/in-outer:undelete".to_owned(), json!({})),
        ("POST /v3/folders/7:move".to_owned(), into),
    ] {
        assert_eq!(
            world.error("admin", &call, body),
            (400, words.clone()),
            "{call}"
        );
    }
}

#[test]
fn access_follows_a_folder_that_moves() {
    let mut world = World::new();
    let (from, to) = (
        world.folder("folders/7", "from"),
        world.folder("folders/7", "target"),
    );
    let moved = world.folder(&from, "moved");
    let role = "organizations/1/roles/admin";
    let on = |folder: &str| format!("//cloudresourcemanager.googleapis.com/{folder}");
    world
        .0
        .cloud
        .grant(&on(&from), role, "user:mover@example.com", None);
    world
        .0
        .cloud
        .grant(&on(&moved), role, "user:mover@example.com", None);
    let call = format!("POST /v3/{moved}:move");
    let body = json!({ "destinationParent": to });
    let (status, message) = world.error("mover", &call, body.clone());
    assert_eq!(
        (status, message),
        (
            403,
            format!(
                "Permission 'resourcemanager.folders.move' denied on resource \
                 '//cloudresourcemanager.googleapis.com/{to}' (or it may not exist)."
            )
        )
    );
    world
        .0
        .cloud
        .grant(&on(&to), role, "user:mover@example.com", None);
    let get = format!("GET /v3/{moved}");
    world
        .0
        .cloud
        .grant(&on(&to), role, "user:reader@example.com", None);
    assert_eq!(world.ask("reader", &get, NULL).0, 403);
    assert_eq!(world.ask("mover", &call, body).0, 200);
    assert_eq!(world.ask("reader", &get, NULL).1["parent"], json!(to));
}

#[test]
fn a_stranger_is_refused_in_googles_words() {
    let mut world = World::new();
    let bodies = |method: &str| match method {
        "POST" => json!({ "displayName": "abc", "parent": "folders/7" }),
        "PATCH" => json!({ "displayName": "abc" }),
        _ => NULL,
    };
    for (call, permission) in [
        ("GET /VERSION/folders/7", "get"),
        ("POST /VERSION/folders?parent=folders/7", "create"),
        ("GET /VERSION/folders?parent=folders/7", "list"),
        ("PATCH /VERSION/folders/7", "get"),
        ("DELETE /VERSION/folders/7", "delete"),
        ("POST /VERSION/folders/7:undelete", "undelete"),
        ("POST /VERSION/folders/7:getIamPolicy", "getIamPolicy"),
    ] {
        let method = call.split(' ').next().unwrap_or_default();
        let in_v2 = call.replace("VERSION", "v2");
        assert_eq!(
            world.error("stranger", &in_v2, bodies(method)),
            (403, "The caller does not have permission".to_owned()),
            "{call}"
        );
        assert_eq!(
            world.error("stranger", &call.replace("VERSION", "v3"), bodies(method)),
            (
                403,
                format!(
                    "Permission 'resourcemanager.folders.{permission}' denied on resource \
                     '//cloudresourcemanager.googleapis.com/folders/7' (or it may not exist)."
                )
            )
        );
    }
    assert_eq!(
        world.ask("stranger", "GET /v3/folders:search", NULL),
        (200, json!({}))
    );
}
