//! Policies that others write, too.

use crate::world::{PROJECT, RESOURCE_MANAGER, World, ask};
use bytes::Bytes;
use gcp::{BoxFuture, SendError, Transport};
use http::{Request, Response};
use plan::StepOutcome;
use serde_json::{Value, json};
use simulator::Host;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The project's policy.
pub(crate) async fn policy(world: &World) -> Value {
    let path = format!("POST /v3/projects/{PROJECT}:getIamPolicy");
    let options = json!({ "options": { "requestedPolicyVersion": 3 } });
    let (status, policy) = world.ask(&path, options).await;
    assert_eq!(status, 200, "{policy}");
    policy
}

/// Replaces the project's policy.
pub(crate) async fn write(world: &World, policy: Value) {
    let path = format!("POST /v3/projects/{PROJECT}:setIamPolicy");
    let (status, said) = world.ask(&path, json!({ "policy": policy })).await;
    assert_eq!(status, 200, "{said}");
}

/// Bindings of others, as they are written.
async fn theirs(world: &World) -> Vec<String> {
    let policy = policy(world).await;
    let bindings = policy["bindings"].as_array().expect("a list").iter();
    let theirs = bindings.filter(|binding| binding.to_string().contains("them"));
    theirs.map(Value::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn foreign_bindings_are_kept_byte_for_byte_by_apply_revoke_and_delete() {
    let world = World::new();
    let mut before = policy(&world).await;
    let bindings = before["bindings"].as_array_mut().expect("a list");
    bindings.push(json!({
        "role": "roles/compute.instanceAdmin.v1",
        "members": ["user:them@example.com", "group:them@example.com"],
        "bindingId": "theirs-7",
        "condition": {
            "title": "until then",
            "description": "as agreed",
            "location": "theirs.txt:7",
            "expression": "request.time < timestamp(\"2030-01-01T00:00:00Z\")",
        },
    }));
    bindings.push(json!({ "role": "roles/viewer", "members": ["user:them@example.com"] }));
    before["version"] = 3.into();
    write(&world, before.clone()).await;
    let kept = theirs(&world).await;
    assert_eq!(kept.len(), 2);
    assert!(kept[0].contains("theirs-7") && kept[0].contains("theirs.txt:7"));

    world.apply().await;
    assert_eq!(theirs(&world).await, kept);
    let text = policy(&world).await.to_string();
    assert!(text.contains(RESOURCE_MANAGER), "{text}");

    let revoked = world.setup.revoke(false, &|_| {}).await.expect("read");
    assert!(
        revoked
            .report
            .outcomes
            .values()
            .all(StepOutcome::is_success)
    );
    assert_eq!(theirs(&world).await, kept);
    let text = policy(&world).await.to_string();
    assert!(!text.contains(RESOURCE_MANAGER), "{text}");

    world.apply().await;
    let plan = world.setup.plan_teardown().await.expect("observed");
    let report = world.setup.delete(&plan, &|_| {}).await;
    assert!(report.expect("the record").is_done());
    assert_eq!(theirs(&world).await, kept);
    let after = policy(&world).await;
    assert_eq!(
        after["bindings"].to_string(),
        before["bindings"].to_string()
    );
}

/// A writer without policy versions: reads, adds a binding, writes.
async fn write_as_version_1(host: &Host, member: &str) -> u16 {
    let read = format!("POST /v3/projects/{PROJECT}:getIamPolicy");
    let (_, mut policy) = ask(host, &read, json!({})).await;
    let binding = json!({ "role": "roles/viewer", "members": [member] });
    let bindings = policy["bindings"].as_array_mut().expect("a list");
    bindings.push(binding);
    policy["version"] = 1.into();
    let write = format!("POST /v3/projects/{PROJECT}:setIamPolicy");
    ask(host, &write, json!({ "policy": policy })).await.0
}

const RIVAL: &str = "user:rival@example.com";

/// Someone writes the project's policy right before groundcrew does, once.
struct Overtaken {
    host: Arc<Host>,
    writes: Arc<AtomicUsize>,
}

impl Transport for Overtaken {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(async move {
            let of_project = format!("/v3/projects/{PROJECT}:setIamPolicy");
            let writes = request.uri().path() == of_project;
            if writes && self.writes.fetch_add(1, Ordering::Relaxed) == 0 {
                assert_eq!(write_as_version_1(&self.host, RIVAL).await, 200);
            }
            Ok(self.host.call(request).await)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_1_writer_between_our_read_and_our_write_loses_nothing() {
    let world = World::new();
    let writes = Arc::new(AtomicUsize::new(0));
    let setup = world.setup_over(Arc::new(Overtaken {
        host: world.host.clone(),
        writes: writes.clone(),
    }));
    let plan = setup.plan().await.expect("observed");
    let report = setup.apply(&plan, &|_| {}).await.expect("the record");
    assert!(report.is_done(), "{:#?}", report.outcomes);
    assert_eq!(writes.load(Ordering::Relaxed), 2, "a conflict, and a write");
    let after = policy(&world).await;
    let bindings = after["bindings"].as_array().expect("a list");
    let rival = json!({ "role": "roles/viewer", "members": [RIVAL] });
    assert!(bindings.contains(&rival), "{after}");
    let conditional = |binding: &Value| {
        binding["role"] == format!("projects/{PROJECT}/roles/groundcrewResourceManager")
            && binding["members"] == json!([format!("serviceAccount:{RESOURCE_MANAGER}")])
            && binding["condition"]["title"] == "groundcrew: its own machines"
    };
    assert!(bindings.iter().any(conditional), "{after}");

    // From now on it is refused: it would remove the condition.
    assert_eq!(
        write_as_version_1(&world.host, "user:late@example.com").await,
        400
    );
    assert_eq!(policy(&world).await, after);
    assert!(world.plan().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_deleted_role_is_restored_without_its_stale_bindings() {
    let world = World::new();
    world.apply().await;
    let role = format!("projects/{PROJECT}/roles/groundcrewResourceManager");
    let wanted = |policy: &Value| {
        let all = policy["bindings"].as_array().expect("a list").clone();
        all.into_iter()
            .filter(|binding| binding["role"] == *role)
            .collect::<Vec<_>>()
    };
    let as_set_up = wanted(&policy(&world).await);
    assert_eq!(as_set_up.len(), 1, "{as_set_up:?}");
    let (_, before) = world.ask(&format!("GET /v1/{role}"), Value::Null).await;

    // An older setup bound it without a condition, and with another member.
    let them = "user:them@example.com";
    let mut old = policy(&world).await;
    let ours = format!("serviceAccount:{RESOURCE_MANAGER}");
    let more = json!({ "role": role, "members": [ours, them] });
    old["bindings"].as_array_mut().expect("a list").push(more);
    old["version"] = 3.into();
    write(&world, old).await;
    // It got more permissions, and was then deleted.
    let all = json!({ "includedPermissions": ["compute.instances.create", "storage.objects.get"] });
    let patch = format!("PATCH /v1/{role}?updateMask=includedPermissions");
    assert_eq!(world.ask(&patch, all).await.0, 200);
    let (status, gone) = world.ask(&format!("DELETE /v1/{role}"), Value::Null).await;
    assert_eq!((status, &gone["deleted"]), (200, &true.into()), "{gone}");

    let plan = world.plan().await;
    assert!(plan.to_string().contains(&role), "{plan}");
    world.calls();
    world.apply().await;
    let (_, writes) = world.calls();
    let position = |method: &str| writes.iter().position(|call| call == method);
    let scrubbed = position("cloudresourcemanager.projects.setIamPolicy");
    let restored = position("iam.projects.roles.undelete");
    assert!(scrubbed.is_some() && scrubbed < restored, "{writes:?}");

    let (_, after) = world.ask(&format!("GET /v1/{role}"), Value::Null).await;
    assert_ne!(after["deleted"], true);
    assert_eq!(after["includedPermissions"], before["includedPermissions"]);
    let found = wanted(&policy(&world).await);
    let theirs = json!({ "role": role, "members": [them] });
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.contains(&theirs) && found.contains(&as_set_up[0]));
    assert!(world.plan().await.is_empty());
}
