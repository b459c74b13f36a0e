//! Projects.

use super::{BILLING, World, names};
use serde_json::{Value, json};

const NULL: Value = Value::Null;

/// The exchanges of a recording.
#[test]
fn a_project_lives_as_recorded() {
    let mut world = World::new();
    let path = "/v1/projects/project-1";
    let get = format!("GET {path}?alt=json");
    let (status, error) = world.admin(&get, NULL);
    assert_eq!(
        (status, error),
        (
            403,
            json!({ "error": {
                "code": 403,
                "message": "The caller does not have permission",
                "status": "PERMISSION_DENIED",
            } })
        )
    );
    let labels = json!({ "cnrm-test": "true", "managed-by-cnrm": "true" });
    let body = json!({ "labels": labels, "name": "KCC 1",
        "parent": { "id": "7", "type": "folder" }, "projectId": "project-1" });
    let done = world.finish("POST /v1/projects", body);
    assert!(
        done["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("operations/cp."))
    );
    assert_eq!(
        done["metadata"],
        json!({
            "@type": "type.googleapis.com/google.cloudresourcemanager.v1.ProjectCreationStatus",
            "gettable": true, "ready": true,
        })
    );
    let mut project = world.get(path);
    let number = project["projectNumber"]
        .as_str()
        .expect("a number")
        .to_owned();
    assert!(
        number.len() == 12 && number.parse::<u64>().is_ok(),
        "{number}"
    );
    assert_eq!(
        project,
        json!({
            "createTime": project["createTime"], "labels": labels, "lifecycleState": "ACTIVE",
            "name": "KCC 1", "parent": { "id": "7", "type": "folder" },
            "projectId": "project-1", "projectNumber": number,
        })
    );
    let mut response = done["response"].clone();
    assert_eq!(
        response["@type"].take(),
        "type.googleapis.com/google.cloudresourcemanager.v1.Project"
    );
    response.as_object_mut().expect("fields").remove("@type");
    assert_eq!(response, project);
    assert_eq!(
        world.get(&format!("{path}/billingInfo")),
        json!({
            "billingAccountName": "", "billingEnabled": false,
            "name": "projects/project-1/billingInfo", "projectId": "project-1",
        })
    );
    project["name"] = "KCC-2 1".into();
    project["labels"]["label-one"] = "value-one".into();
    assert_eq!(world.ok(&format!("PUT {path}"), project.clone()), project);
    assert_eq!(world.get(path), project);
    assert_eq!(world.ok(&format!("DELETE {path}"), NULL), json!({}));
    assert_eq!(world.get(path)["lifecycleState"], "DELETE_REQUESTED");
}

#[test]
fn a_deleted_project_is_kept_for_30_days_and_its_id_for_ever() {
    let mut world = World::new();
    world.project("project-1", "folders/7");
    let path = "/v1/projects/project-1";
    let (delete, get) = (format!("DELETE {path}"), format!("GET {path}"));
    world.ok(&delete, NULL);
    let inactive = (403, "Cannot delete an inactive project.".to_owned());
    assert_eq!(world.error("admin", &delete, NULL), inactive);
    assert_eq!(
        world
            .admin(&format!("PUT {path}"), json!({ "name": "Other" }))
            .0,
        403
    );
    let active = "/v1/projects?filter=lifecycleState%3AACTIVE";
    assert_eq!(world.get(active), json!({}));
    assert_eq!(
        names(&world.get("/v1/projects"), "projects", "projectId"),
        ["project-1"]
    );
    world.days(29);
    assert_eq!(
        world.ok(&format!("POST {path}:undelete"), json!({})),
        json!({})
    );
    assert_eq!(world.get(path)["lifecycleState"], "ACTIVE");
    let body = json!({ "projectId": "project-1", "parent": "folders/7" });
    let taken = (409, "Requested entity already exists".to_owned());
    assert_eq!(
        world.error("admin", "POST /v3/projects", body.clone()),
        taken
    );
    world.ok(&delete, NULL);
    assert_eq!(
        world.error("admin", "POST /v3/projects", body.clone()),
        taken
    );
    world.days(31);
    assert_eq!(world.admin(&get, NULL).0, 403);
    assert_eq!(world.get("/v1/projects"), json!({}));
    assert_eq!(world.error("admin", "POST /v3/projects", body), taken);
}

#[test]
fn v3_names_a_project_by_its_number_and_changes_it_by_mask() {
    let mut world = World::new();
    let body = json!({ "projectId": "project-1", "parent": "folders/7",
        "displayName": "Of Jobs!", "labels": { "env": "dev" } });
    let done = world.finish("POST /v3/projects", body);
    let name = done["response"]["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    let by_number = world.get(&format!("/v3/{name}"));
    assert_eq!(world.get("/v3/projects/project-1"), by_number);
    assert_eq!(
        (
            &by_number["displayName"],
            &by_number["parent"],
            &by_number["state"]
        ),
        (&json!("Of Jobs!"), &json!("folders/7"), &json!("ACTIVE"))
    );
    let patch = format!("PATCH /v3/{name}?updateMask=labels");
    world.finish(
        &patch,
        json!({ "labels": { "env": "prod" }, "displayName": "ignored" }),
    );
    let shown = world.get("/v1/projects/project-1");
    assert_eq!(
        (&shown["labels"], &shown["name"]),
        (&json!({ "env": "prod" }), &json!("Of Jobs!"))
    );
    for mask in ["parent", "projectId", "name", "colour"] {
        let patch = format!("PATCH /v3/{name}?updateMask={mask}");
        assert_eq!(
            world
                .admin(&patch, json!({ "parent": "organizations/1" }))
                .0,
            400,
            "{mask}"
        );
    }
}

#[test]
fn a_project_moves_with_permission_at_both_ends() {
    let mut world = World::new();
    let to = world.folder("organizations/1", "target");
    world.project("project-1", "folders/7");
    let on = |name: &str| format!("//cloudresourcemanager.googleapis.com/{name}");
    let role = "organizations/1/roles/admin";
    for member in ["user:mover@example.com", "user:creator@example.com"] {
        world.0.cloud.grant(&on("folders/7"), role, member, None);
    }
    let call = "POST /v3/projects/project-1:move";
    let body = json!({ "destinationParent": to });
    let (status, message) = world.error("mover", call, body.clone());
    assert!(status == 403 && message.contains(&to), "{message}");
    world
        .0
        .cloud
        .grant(&on(&to), role, "user:mover@example.com", None);
    assert_eq!(world.ask("mover", call, body).0, 200);
    world.0.advance(3);
    let mut project = world.get("/v1/projects/project-1");
    assert_eq!(project["parent"]["id"], to["folders/".len()..]);
    let ancestry = world.ok("POST /v1/projects/project-1:getAncestry", json!({}));
    let ids = ancestry["ancestor"].as_array().into_iter().flatten();
    let ids: Vec<&Value> = ids
        .map(|ancestor| &ancestor["resourceId"]["type"])
        .collect();
    assert_eq!(ids, ["project", "folder", "organization"]);
    // An update in v1 moves it, too.
    world.0.cloud.grant(
        &on("projects/project-1"),
        role,
        "user:editor@example.com",
        None,
    );
    project["parent"] = json!({ "type": "folder", "id": "7" });
    let put = "PUT /v1/projects/project-1";
    assert_eq!(
        world.error("editor", put, project.clone()),
        (
            403,
            "Permission 'resourcemanager.projects.create' denied on parent resource 'folders/7'."
                .to_owned()
        )
    );
    assert_eq!(world.admin(put, project).0, 200);
    assert_eq!(world.get("/v3/projects/project-1")["parent"], "folders/7");
    assert_eq!(
        world.ask("creator", "GET /v3/projects/project-1", NULL).0,
        200
    );
}

#[test]
fn lists_have_what_the_caller_may_see() {
    let mut world = World::new();
    let team = world.folder("folders/7", "team");
    world.project("alpha-1", "folders/7");
    world.project("alpha-2", &team);
    let body = json!({ "projectId": "beta-1", "parent": team, "displayName": "Beta",
        "labels": { "env": "dev" } });
    world.finish("POST /v3/projects", body);
    let id = &team["folders/".len()..];
    for (path, found) in [
        ("/v1/projects".to_owned(), "alpha-1 alpha-2 beta-1"),
        (
            "/v1/projects?filter=lifecycleState%3AACTIVE".to_owned(),
            "alpha-1 alpha-2 beta-1",
        ),
        (
            format!("/v1/projects?filter=parent.id:{id}"),
            "alpha-2 beta-1",
        ),
        (
            format!("/v1/projects?filter=parent.type:folder%20parent.id:{id}"),
            "alpha-2 beta-1",
        ),
        (
            "/v1/projects?filter=id:alpha*".to_owned(),
            "alpha-1 alpha-2",
        ),
        ("/v1/projects?filter=labels.env:dev".to_owned(), "beta-1"),
        ("/v1/projects?filter=name:Beta".to_owned(), "beta-1"),
        ("/v3/projects?parent=folders/7".to_owned(), "alpha-1"),
        (format!("/v3/projects?parent={team}"), "alpha-2 beta-1"),
        ("/v3/projects:search".to_owned(), "alpha-1 alpha-2 beta-1"),
        ("/v3/projects:search?query=name:Bet*".to_owned(), "beta-1"),
        (
            "/v3/projects:search?query=parent:folders/7".to_owned(),
            "alpha-1",
        ),
    ] {
        let page = world.get(&path);
        assert_eq!(
            names(&page, "projects", "projectId").join(" "),
            found,
            "{path}"
        );
    }
    // A project that is open to everybody is in nobody's list.
    let public = "//cloudresourcemanager.googleapis.com/projects/alpha-1";
    let (role, everybody) = ("roles/viewer", "allAuthenticatedUsers");
    world.0.cloud.grant(public, role, everybody, None);
    let of_team = format!("//cloudresourcemanager.googleapis.com/{team}");
    let role = "organizations/1/roles/admin";
    world
        .0
        .cloud
        .grant(&of_team, role, "user:member@example.com", None);
    for path in ["/v1/projects", "/v3/projects:search"] {
        let (_, page) = world.ask("member", &format!("GET {path}"), NULL);
        assert_eq!(names(&page, "projects", "projectId"), ["alpha-2", "beta-1"]);
    }
    assert_eq!(
        world
            .ask("member", "GET /v3/projects?parent=folders/7", NULL)
            .0,
        403
    );
}

#[test]
fn a_new_project_has_an_owner_but_neither_billing_nor_apis() {
    let mut world = World::new();
    world.project("project-1", "folders/7");
    let policy = "POST /v1/projects/project-1:getIamPolicy";
    assert_eq!(
        world.ok(policy, json!({}))["bindings"],
        json!([{ "role": "roles/owner", "members": ["user:admin@example.com"] }])
    );
    let list = "GET /compute/v1/projects/project-1/global/networks";
    let (status, error) = world.admin(list, NULL);
    assert_eq!(
        (status, &error["error"]["details"][1]["reason"]),
        (403, &json!("SERVICE_DISABLED"))
    );
    let enable = "POST /v1/projects/project-1/services/compute.googleapis.com:enable";
    let (status, message) = world.error("admin", enable, json!({}));
    assert!(
        status == 400 && message.contains("Billing must be enabled"),
        "{message}"
    );
    // Linking requires permission on the project and on the account.
    let link = "PUT /v1/projects/project-1/billingInfo";
    let account = format!("billingAccounts/{BILLING}");
    let body = json!({ "billingAccountName": account });
    let on_account = format!("//cloudbilling.googleapis.com/{account}");
    let (cloud, role) = (&mut world.0.cloud, "organizations/1/roles/biller");
    let permissions = [
        "billing.resourceAssociations.create",
        "resourcemanager.projects.createBillingAssignment",
        "resourcemanager.projects.deleteBillingAssignment",
    ];
    cloud.add_role(role, &permissions);
    let project = "//cloudresourcemanager.googleapis.com/projects/project-1";
    cloud.grant(project, role, "user:biller@example.com", None);
    let (status, message) = world.error("biller", link, body.clone());
    assert!(status == 403 && message.contains("billing.resourceAssociations.create"));
    let cloud = &mut world.0.cloud;
    cloud.grant(&on_account, role, "user:biller@example.com", None);
    let (status, linked) = world.ask("biller", link, body);
    assert_eq!((status, &linked["billingEnabled"]), (200, &json!(true)));
    world.ok(enable, json!({}));
    world.0.advance(120);
    assert_eq!(world.admin(list, NULL).0, 200);
    let (status, _) = world.ask("biller", link, json!({ "billingAccountName": "" }));
    assert_eq!(status, 200);
    let (status, error) = world.admin(list, NULL);
    assert_eq!(
        (status, &error["error"]["details"][0]["reason"]),
        (403, &json!("BILLING_DISABLED"))
    );
}

#[test]
fn bad_projects_are_refused() {
    let mut world = World::new();
    let contains = "field [project_id] has issue [project_id contains invalid characters]";
    for (id, words) in [
        ("trailing-", contains),
        ("Upper-case", contains),
        ("1-first", contains),
        (
            "short",
            "field [project_id] has issue [project_id must be at least 6 characters long]",
        ),
        (
            "a-name-that-is-just-much-too-long",
            "field [project_id] has issue [project_id must be at most 30 characters long]",
        ),
    ] {
        let body = json!({ "projectId": id, "parent": "folders/7" });
        let refused = (400, words.to_owned());
        assert_eq!(
            world.error("admin", "POST /v3/projects", body),
            refused,
            "{id}"
        );
    }
    for body in [
        json!({ "name": "abc" }),
        json!({ "name": "too long for a display name, is it not" }),
        json!({ "name": "a/b/c/d" }),
        json!({ "labels": { "Upper": "x" } }),
        json!({ "labels": { "key": "Not Allowed" } }),
        json!({ "colour": "red" }),
    ] {
        let mut whole = body.clone();
        whole["projectId"] = "project-1".into();
        whole["parent"] = json!({ "type": "folder", "id": "7" });
        assert_eq!(world.admin("POST /v1/projects", whole).0, 400, "{body}");
    }
}

#[test]
fn a_stranger_is_refused_in_googles_words() {
    let mut world = World::new();
    world.project("project-1", "folders/7");
    let caller = "The caller does not have permission".to_owned();
    for call in [
        "GET /v1/projects/project-1",
        "DELETE /v1/projects/project-1",
        "POST /v1/projects/project-1:undelete",
        "POST /v1/projects/project-1:getIamPolicy",
        "POST /v1/projects/project-1:getAncestry",
        "PUT /v1/projects/project-1",
    ] {
        assert_eq!(
            world.error("stranger", call, json!({})),
            (403, caller.clone()),
            "{call}"
        );
    }
    let body = json!({ "projectId": "project-2", "parent": { "type": "organization", "id": "1" } });
    assert_eq!(
        world.error("stranger", "POST /v1/projects", body),
        (
            403,
            "Permission 'resourcemanager.projects.create' denied on parent resource \
             'organizations/1'."
                .to_owned()
        )
    );
    let body = json!({ "projectId": "project-2", "parent": "folders/7" });
    let (status, message) = world.error("stranger", "POST /v3/projects", body);
    assert_eq!(
        (status, message.as_str()),
        (
            403,
            "Permission 'resourcemanager.projects.create' denied on resource \
             '//cloudresourcemanager.googleapis.com/folders/7' (or it may not exist)."
        )
    );
    // Anyone may create a project that is nowhere, but not a service account.
    let nowhere = json!({ "projectId": "project-3" });
    assert_eq!(world.ask("stranger", "POST /v3/projects", nowhere).0, 200);
    let agent = crate::iam::Principal::service_account(crate::api::test_cloud::A);
    let nowhere = json!({ "projectId": "project-4" });
    let (status, error) = world.0.ask(&agent, "POST /v3/projects", &nowhere);
    assert_eq!(
        (status, &error["error"]["message"]),
        (
            403,
            &json!("Service accounts cannot create projects without a parent.")
        )
    );
    // Nor somebody without a name.
    let request = http::Request::post("/v3/projects")
        .body(bytes::Bytes::from(r#"{"projectId":"project-5"}"#))
        .expect("a request");
    let now = world.0.now;
    let crate::CloudResponse::Ready(response, _) =
        world.0.cloud.handle(&request, "http://x", now, now)
    else {
        panic!("it waits")
    };
    assert_eq!(response.status(), 401);
}

#[test]
fn projects_that_are_pending_deletion_count_towards_the_quota() {
    let mut world = World::new();
    // One is there from the start.
    world.0.cloud.set_project_quota(2);
    let body = |id: &str| json!({ "projectId": id, "parent": "folders/7" });
    world.finish("POST /v3/projects", body("project-1"));
    let (status, error) = world.admin("POST /v3/projects", body("project-2"));
    assert_eq!(
        (status, &error["error"]["status"]),
        (429, &json!("RESOURCE_EXHAUSTED"))
    );
    assert_eq!(
        error["error"]["message"],
        "The project cannot be created because you have exceeded your allotted project quota."
    );
    world.ok("DELETE /v3/projects/project-1", NULL);
    assert_eq!(world.admin("POST /v3/projects", body("project-2")).0, 429);
    world.days(30);
    world.finish("POST /v3/projects", body("project-2"));
}
