//! Objects that hold ciphertext.

use crate::world::{
    AAD, Call, KEY, OBJECT, World, bucket, deployment, empty, manifest, object, stored, with,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use plan::{Action, Origin, Resource, ResourceId};
use serde_json::{Value, json};

fn id() -> ResourceId {
    object(None).id()
}

fn path() -> String {
    format!(
        "/storage/v1/b/{}/o/{}",
        bucket(),
        OBJECT.replace('/', "%2F")
    )
}

async fn metadata(world: &World) -> (u16, Value) {
    world.ask(&format!("GET {}", path()), Value::Null).await
}

/// What the object decrypts to, with the additional data `aad`.
async fn decrypted(world: &World, aad: &str) -> (u16, String) {
    let sealed = world
        .raw(&format!("GET {}?alt=media", path()), Value::Null)
        .await;
    assert_eq!(sealed.status(), 200);
    let body = json!({
        "ciphertext": BASE64_STANDARD.encode(sealed.body()),
        "additionalAuthenticatedData": BASE64_STANDARD.encode(aad),
    });
    let (status, opened) = world.ask(&format!("POST /v1/{KEY}:decrypt"), body).await;
    let text = opened["plaintext"].as_str().unwrap_or_default();
    let bytes = BASE64_STANDARD.decode(text).expect("base64");
    (status, String::from_utf8(bytes).expect("text"))
}

fn writes(calls: Vec<Call>) -> Vec<String> {
    let writes = calls.into_iter().filter(|call| !call.is_read());
    writes.map(|call| call.path).collect()
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_stored_as_ciphertext_of_its_key() {
    let world = World::new();
    let report = world.process().apply(&manifest()).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let (_, seen) = metadata(&world).await;
    assert_eq!(
        seen["metadata"]["groundcrew-deployment"],
        deployment().to_string()
    );
    let sealed = world
        .raw(&format!("GET {}?alt=media", path()), Value::Null)
        .await;
    let plain = b"a private key";
    assert!(sealed.body().windows(plain.len()).all(|w| w != plain));
    assert_eq!(
        decrypted(&world, AAD).await,
        (200, "a private key".to_owned())
    );
    assert_eq!(decrypted(&world, "another place").await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn only_another_secret_replaces_the_object() {
    let world = World::new();
    let process = world.process();
    assert!(process.apply(&manifest()).await.is_done());
    process.calls();
    let newer = with(object(Some("another key")));
    let plan = process.look(&newer).await;
    let changed: Vec<_> = plan.steps.iter().filter(|s| !s.is_noop()).collect();
    assert_eq!(changed.len(), 1, "{plan}");
    assert!(plan.to_string().contains("sha256: "), "{plan}");
    assert!(!format!("{plan:?}").contains("another key"));
    assert!(process.apply(&newer).await.is_done());
    let written = writes(process.calls());
    assert_eq!(written.len(), 2, "{written:?}");
    assert_eq!(decrypted(&world, AAD).await.1, "another key");

    assert!(process.apply(&newer).await.is_done());
    assert_eq!(writes(process.calls()), Vec::<String>::new());
}

/// Every version of the key that encrypted the object, and the key's name.
async fn version(world: &World) -> String {
    let (_, seen) = metadata(world).await;
    let version = seen["metadata"]["groundcrew-key-version"].as_str();
    version.expect("recorded").to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_object_whose_key_version_is_unusable_is_encrypted_again_or_refused() {
    let patch = |state: &'static str| ("PATCH", "?updateMask=state", json!({ "state": state }));
    let destroy = ("POST", ":destroy", json!({}));
    for ((verb, method, body), state, repair) in [
        (
            patch("DISABLED"),
            "DISABLED",
            Some("versions enable 1 --key=ssh"),
        ),
        (
            destroy.clone(),
            "DESTROY_SCHEDULED",
            Some("versions restore 1 --key=ssh"),
        ),
        (destroy, "DESTROYED", None),
    ] {
        let world = World::new();
        let process = world.process();
        assert!(process.apply(&manifest()).await.is_done());
        let version = version(&world).await;
        assert_eq!(version, format!("{KEY}/cryptoKeyVersions/1"));
        // A rotation by hand, so that the key itself can be used.
        let (status, newer) = world
            .ask(&format!("POST /v1/{KEY}/cryptoKeyVersions"), json!({}))
            .await;
        assert_eq!(status, 200, "{newer}");
        let primary = json!({ "cryptoKeyVersionId": "2" });
        let update = format!("POST /v1/{KEY}:updatePrimaryVersion");
        assert_eq!(world.ask(&update, primary).await.0, 200);
        assert!(process.look(&manifest()).await.is_empty());
        let (status, changed) = world
            .ask(&format!("{verb} /v1/{version}{method}"), body)
            .await;
        assert_eq!(status, 200, "{changed}");
        if state == "DESTROYED" {
            tokio::time::sleep(std::time::Duration::from_secs(31 * 86_400)).await;
        }
        assert_eq!(decrypted(&world, AAD).await.0, 400, "{state}");

        // Without the plaintext, nothing is done, and the plan says what to do.
        let kept = with(object(None));
        let plan = process.look(&kept).await;
        let step = plan.step(&id()).expect("a step");
        let Action::Refuse { reason } = &step.action else {
            panic!("{state}: {plan}");
        };
        assert!(
            reason.contains(&format!("{version} is {state}")),
            "{reason}"
        );
        assert!(reason.contains("--ssh-key FILE"), "{reason}");
        assert_eq!(reason.contains("gcloud"), repair.is_some(), "{reason}");
        assert!(
            repair.is_none_or(|repair| reason.contains(repair)),
            "{reason}"
        );

        // The same secret given again is encrypted again.
        let plan = process.look(&manifest()).await;
        assert!(plan.to_string().contains("key-version: "), "{plan}");
        let report = process.apply(&manifest()).await;
        assert!(report.is_done(), "{:#?}", report.outcomes);
        assert_eq!(decrypted(&world, AAD).await.1, "a private key");
        assert!(process.look(&kept).await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_of_another_key_is_refused_without_content() {
    let world = World::new();
    let process = world.process();
    assert!(process.apply(&manifest()).await.is_done());
    let Resource::Object(mut moved) = object(None) else {
        panic!("an object");
    };
    moved.aad = "another place".to_owned();
    let plan = process.look(&with(Resource::Object(moved))).await;
    let Action::Refuse { reason } = &plan.step(&id()).expect("a step").action else {
        panic!("{plan}");
    };
    assert!(
        reason.contains("another key, or for another place"),
        "{reason}"
    );
}

#[tokio::test(start_paused = true)]
async fn without_content_an_object_is_kept_and_never_created() {
    let world = World::new();
    let process = world.process();
    assert!(process.apply(&manifest()).await.is_done());
    let kept = with(object(None));
    let plan = process.look(&kept).await;
    assert!(plan.is_empty(), "{plan}");
    assert_eq!(plan.step(&id()).expect("it is there").action, Action::Keep);
    assert!(process.apply(&kept).await.is_done());
    assert_eq!(decrypted(&world, AAD).await.1, "a private key");
    let record = stored(&world).await.expect("a record");
    assert_eq!(record.entries[&id()].origin, Origin::Created);

    let delete = format!("DELETE {}", path());
    assert_eq!(world.ask(&delete, Value::Null).await.0, 204);
    let plan = process.look(&kept).await;
    assert!(plan.is_empty() && plan.step(&id()).is_none(), "{plan}");
    assert!(process.apply(&kept).await.is_done());
    assert_eq!(metadata(&world).await.0, 404);
    // Without any content ever, nothing is planned.
    let fresh = World::new();
    assert!(fresh.process().apply(&kept).await.is_done());
    assert_eq!(metadata(&fresh).await.0, 404);
    assert!(fresh.process().apply(&empty()).await.is_done());
}

#[tokio::test(start_paused = true)]
async fn an_object_of_another_owner_is_not_overwritten() {
    let world = World::new();
    let process = world.process();
    assert!(process.apply(&with(object(None))).await.is_done());
    let upload = format!(
        "POST /upload/storage/v1/b/{}/o?uploadType=media&name={}",
        bucket(),
        OBJECT.replace('/', "%2F")
    );
    assert_eq!(world.ask(&upload, json!("theirs")).await.0, 200);
    let plan = process.look(&manifest()).await;
    let step = plan.step(&id()).expect("a step");
    let Action::Refuse { reason } = &step.action else {
        panic!("{plan}");
    };
    assert!(reason.contains("choose another name"), "{reason}");
    let report = process.apply(&manifest()).await;
    assert!(!report.is_done());
    let there = world
        .raw(&format!("GET {}?alt=media", path()), Value::Null)
        .await;
    assert_eq!(there.body(), "\"theirs\"");
}
