//! Events that have a project set up, and what the sweep finishes later.

mod by_hand;
mod grants;
mod removal;

use crate::world::{BUCKET, KEY, PROJECT, World, settings, spec};
use account::{Deployment, DeploymentState, Deployments, Flow, remove};
use events::{Outcome, ProjectProvisioned};
use ledger::Ledger;
use names::{Duration, ProjectId, Timestamp};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(24 * 3600);

struct Fixture {
    world: World,
    flow: Flow,
    deployments: Deployments,
}

fn project() -> ProjectId {
    PROJECT.parse().expect("an id")
}

impl Fixture {
    async fn new() -> Self {
        let world = World::new();
        let native = json!({ "locationId": "us-central1", "type": "FIRESTORE_NATIVE" });
        let path = "POST /v1/projects/groundcrew-home/databases?databaseId=ledger";
        assert_eq!(world.ask(path, native).await.0, 200);
        let database = "projects/groundcrew-home/databases/ledger".parse();
        let ledger = Ledger::new(world.owner(), database.expect("a name"));
        Self {
            flow: Flow::new(world.owner(), ledger.clone(), settings()),
            deployments: Deployments::new(ledger),
            world,
        }
    }

    fn now(&self) -> Timestamp {
        self.world.owner().clock().now()
    }

    async fn deliver(&self, event: &ProjectProvisioned) -> Outcome {
        let outcome = self.flow.handle(event, self.now()).await;
        outcome.expect("the ledger")
    }

    /// Delivers an event with these fields.
    async fn provision(&self, fields: Value) -> Outcome {
        let Value::Object(fields) = fields else {
            panic!("fields");
        };
        let spec = fields.into_iter().collect();
        let project = project();
        self.deliver(&ProjectProvisioned::Provisioned { project, spec })
            .await
    }

    async fn overdue(&self) -> Outcome {
        let project = project();
        self.deliver(&ProjectProvisioned::Overdue { project }).await
    }

    async fn deployment(&self) -> Deployment {
        let known = self.deployments.get(&project()).await.expect("the ledger");
        known.expect("there is one")
    }

    /// What an operator's `groundcrew account delete` writes before it begins.
    async fn begin_removal(&self) {
        let record = self.world.setup.record().await.expect("read");
        let record = record.expect("there is one");
        let (project, spec) = (project(), spec());
        let begun = self.deployments.change(&project, |before| {
            Some(remove(before, &spec, &record, self.now()))
        });
        begun.await.expect("the ledger");
    }

    /// Sets the project up, removes it, and sets it up again by hand; answers with
    /// when the sweep is to finish the removal.
    async fn set_up_again_after_a_removal(&self) -> Timestamp {
        self.deliver(&ProjectProvisioned::of(project())).await;
        self.begin_removal().await;
        tokio::time::sleep(Duration::from_secs(15 * 60)).await;
        assert_eq!(self.overdue().await, Outcome::Done);
        let due = self.deployment().await.due.expect("due");
        self.world.apply().await;
        due
    }

    async fn status(&self, path: &str) -> u16 {
        self.world.ask(path, Value::Null).await.0
    }
}

#[tokio::test(start_paused = true)]
async fn a_project_is_set_up_once_however_often_it_is_requested() {
    let fixture = Fixture::new().await;
    let event = ProjectProvisioned::of(project());
    let requested_at = fixture.now();
    let deliver_again = async || {
        fixture
            .flow
            .handle(&event, requested_at)
            .await
            .expect("the ledger")
    };
    assert_eq!(deliver_again().await, Outcome::Done);
    let known = fixture.deployment().await;
    assert_eq!((&known.state, known.due), (&DeploymentState::Ready, None));
    assert_eq!(known.spec, Some(spec()));
    let plan = fixture.world.plan().await;
    assert!(plan.is_empty(), "{plan}");

    fixture.world.calls();
    assert_eq!(deliver_again().await, Outcome::Duplicate);
    let (reads, writes) = fixture.world.calls();
    assert!(!reads.is_empty());
    assert_eq!(writes, Vec::<String>::new());
    assert_eq!(fixture.deployment().await, known);

    // A new request repairs what was changed by hand.
    let role = format!("projects/{PROJECT}/roles/groundcrewInstance");
    let fewer = json!({ "includedPermissions": ["storage.objects.get"] });
    let path = format!("PATCH /v1/{role}?updateMask=includedPermissions");
    assert_eq!(fixture.world.ask(&path, fewer).await.0, 200);
    tokio::time::sleep(DAY).await;
    assert_eq!(
        fixture.provision(json!({ "project": PROJECT })).await,
        Outcome::Done
    );
    let plan = fixture.world.plan().await;
    assert!(plan.is_empty(), "{plan}");
    // An older request changes nothing.
    assert!(matches!(deliver_again().await, Outcome::Ignored(_)));
}

#[tokio::test(start_paused = true)]
async fn two_concurrent_deliveries_set_the_project_up_once() {
    let fixture = Fixture::new().await;
    let event = ProjectProvisioned::of(project());
    let requested_at = fixture.now();
    let (one, other) = tokio::join!(
        fixture.flow.handle(&event, requested_at),
        fixture.flow.handle(&event, requested_at)
    );
    for outcome in [one, other] {
        let outcome = outcome.expect("the ledger");
        assert!(
            matches!(
                outcome,
                Outcome::Done | Outcome::Duplicate | Outcome::Retry { .. }
            ),
            "{outcome:?}"
        );
    }
    assert_eq!(fixture.deployment().await.state, DeploymentState::Ready);
    let plan = fixture.world.plan().await;
    assert!(plan.is_empty(), "{plan}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_request_is_recorded_in_the_ledger_with_its_reason() {
    let fixture = Fixture::new().await;
    let failed = fixture
        .provision(json!({ "project": PROJECT, "resource_manager": "me@x" }))
        .await;
    let Outcome::Permanent(why) = failed else {
        panic!("{failed:?}");
    };
    for part in [
        "project-provisioned",
        "unknown field `resource_manager`",
        "next: ",
    ] {
        assert!(why.contains(part), "{why}");
    }
    let known = fixture.deployment().await;
    assert_eq!(
        (known.state, known.due),
        (DeploymentState::Failed { reason: why }, None)
    );
    assert_eq!(
        fixture.status(&format!("GET /storage/v1/b/{BUCKET}")).await,
        404
    );

    let key = json!({ "project": PROJECT, "ssh_key": "keys/id_ed25519" });
    let failed = fixture.provision(key).await;
    let Outcome::Permanent(why) = &failed else {
        panic!("{failed:?}");
    };
    assert!(why.contains(account::NO_SECRET), "{why}");

    // Somebody else has a bucket of that name.
    fixture.world.host.with(|cloud, now| {
        cloud.add_project("somebody-elses", 77, None);
        cloud.declare_bucket(BUCKET, "somebody-elses", now);
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let failed = fixture.provision(json!({ "project": PROJECT })).await;
    let Outcome::Permanent(why) = failed else {
        panic!("{failed:?}");
    };
    assert!(
        why.contains(BUCKET) && why.contains("choose another name"),
        "{why}"
    );
    assert!(matches!(
        fixture.deployment().await.state,
        DeploymentState::Failed { .. }
    ));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let other = json!({ "project": PROJECT, "bucket": "customer-groundcrew" });
    assert_eq!(fixture.provision(other).await, Outcome::Done);
    assert_eq!(fixture.deployment().await.state, DeploymentState::Ready);

    // What stands is not left to nobody.
    let failed = fixture.provision(json!({ "project": PROJECT })).await;
    assert!(matches!(failed, Outcome::Permanent(_)), "{failed:?}");
    assert_eq!(fixture.deployment().await.state, DeploymentState::Ready);
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_removal_is_finished_weeks_later() {
    let fixture = Fixture::new().await;
    fixture.deliver(&ProjectProvisioned::of(project())).await;
    fixture.begin_removal().await;
    assert!(
        matches!(fixture.overdue().await, Outcome::Ignored(_)),
        "it may still be under way"
    );
    let ring = KEY.split("/cryptoKeys/").next().expect("a ring");
    assert_eq!(
        fixture.status(&format!("GET /storage/v1/b/{BUCKET}")).await,
        200
    );

    tokio::time::sleep(Duration::from_secs(15 * 60)).await;
    assert_eq!(fixture.overdue().await, Outcome::Done);
    let known = fixture.deployment().await;
    assert!(
        matches!(known.state, DeploymentState::Retained { .. }),
        "{known:#?}"
    );
    let due = known.due.expect("due");
    assert!(due.since(fixture.now()) > 29 * DAY, "{known:#?}");
    let kept: Vec<String> = known
        .retained()
        .iter()
        .map(|(id, _)| id.to_string())
        .collect();
    assert_eq!(kept, [format!("key-ring {ring}"), format!("key {KEY}")]);
    assert_eq!(
        fixture.status(&format!("GET /storage/v1/b/{BUCKET}")).await,
        404
    );
    assert_eq!(fixture.status(&format!("GET /v1/{KEY}")).await, 200);

    tokio::time::sleep(due.since(fixture.now())).await;
    assert_eq!(fixture.overdue().await, Outcome::Done);
    let known = fixture.deployment().await;
    assert_eq!(
        (&known.state, known.due),
        (&DeploymentState::Removed, None),
        "{known:#?}"
    );
    for gone in [KEY, ring] {
        assert_eq!(
            fixture.status(&format!("GET /v1/{gone}")).await,
            404,
            "{gone}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_project_set_up_again_by_hand_is_not_removed_by_the_sweep() {
    let fixture = Fixture::new().await;
    let due = fixture.set_up_again_after_a_removal().await;
    tokio::time::sleep(due.since(fixture.now())).await;
    assert_eq!(fixture.overdue().await, Outcome::Duplicate);
    let known = fixture.deployment().await;
    assert_eq!((&known.state, known.due), (&DeploymentState::Ready, None));
    let plan = fixture.world.plan().await;
    assert!(plan.is_empty(), "{plan}");
}
