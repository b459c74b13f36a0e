//! Events that have a project set up, and what the sweep finishes later.

mod by_hand;

use crate::world::{BUCKET, KEY, PROJECT, World, settings, spec};
use account::{Deployment, DeploymentState, Deployments, Flow, remove};
use events::{Outcome, ProjectProvisioned};
use ledger::Ledger;
use names::{Duration, ProjectId, Timestamp};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(24 * 3600);

struct Desk {
    world: World,
    flow: Flow,
    deployments: Deployments,
}

fn project() -> ProjectId {
    PROJECT.parse().expect("an id")
}

impl Desk {
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

    async fn tell(&self, event: &ProjectProvisioned) -> Outcome {
        let told = self.flow.handle(event, self.now()).await;
        told.expect("the ledger")
    }

    /// What becomes of the event with these fields.
    async fn provision(&self, fields: Value) -> Outcome {
        let Value::Object(fields) = fields else {
            panic!("fields");
        };
        let spec = fields.into_iter().collect();
        let project = project();
        self.tell(&ProjectProvisioned::Provisioned { project, spec })
            .await
    }

    async fn overdue(&self) -> Outcome {
        let project = project();
        self.tell(&ProjectProvisioned::Overdue { project }).await
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

    async fn status(&self, path: &str) -> u16 {
        self.world.ask(path, Value::Null).await.0
    }
}

#[tokio::test(start_paused = true)]
async fn a_project_is_set_up_once_however_often_it_is_asked_for() {
    let desk = Desk::new().await;
    let event = ProjectProvisioned::of(project());
    let asked = desk.now();
    let told = async || desk.flow.handle(&event, asked).await.expect("the ledger");
    assert_eq!(told().await, Outcome::Done);
    let known = desk.deployment().await;
    assert_eq!((&known.state, known.due), (&DeploymentState::Ready, None));
    assert_eq!(known.spec, Some(spec()));
    let plan = desk.world.look().await;
    assert!(plan.is_empty(), "{plan}");

    desk.world.calls();
    assert_eq!(told().await, Outcome::Duplicate);
    let (reads, writes) = desk.world.calls();
    assert!(!reads.is_empty());
    assert_eq!(writes, Vec::<String>::new());
    assert_eq!(desk.deployment().await, known);

    // Asked again, it mends what was changed by hand.
    let role = format!("projects/{PROJECT}/roles/groundcrewInstance");
    let fewer = json!({ "includedPermissions": ["storage.objects.get"] });
    let path = format!("PATCH /v1/{role}?updateMask=includedPermissions");
    assert_eq!(desk.world.ask(&path, fewer).await.0, 200);
    tokio::time::sleep(DAY).await;
    assert_eq!(
        desk.provision(json!({ "project": PROJECT })).await,
        Outcome::Done
    );
    let plan = desk.world.look().await;
    assert!(plan.is_empty(), "{plan}");
    // And what came late changes nothing.
    assert!(matches!(told().await, Outcome::Ignored(_)));
}

#[tokio::test(start_paused = true)]
async fn two_deliveries_at_once_come_to_one_end() {
    let desk = Desk::new().await;
    let event = ProjectProvisioned::of(project());
    let asked = desk.now();
    let (one, other) = tokio::join!(
        desk.flow.handle(&event, asked),
        desk.flow.handle(&event, asked)
    );
    for verdict in [one, other] {
        let verdict = verdict.expect("the ledger");
        assert!(
            matches!(
                verdict,
                Outcome::Done | Outcome::Duplicate | Outcome::Retry { .. }
            ),
            "{verdict:?}"
        );
    }
    assert_eq!(desk.deployment().await.state, DeploymentState::Ready);
    let plan = desk.world.look().await;
    assert!(plan.is_empty(), "{plan}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_said_where_people_look() {
    let desk = Desk::new().await;
    let failed = desk
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
    let known = desk.deployment().await;
    assert_eq!(
        (known.state, known.due),
        (DeploymentState::Failed { reason: why }, None)
    );
    assert_eq!(
        desk.status(&format!("GET /storage/v1/b/{BUCKET}")).await,
        404
    );

    let key = json!({ "project": PROJECT, "ssh_key": "keys/id_ed25519" });
    let failed = desk.provision(key).await;
    let Outcome::Permanent(why) = &failed else {
        panic!("{failed:?}");
    };
    assert!(why.contains(account::NO_SECRET), "{why}");

    // The bucket's name is somebody else's.
    desk.world.host.with(|cloud, now| {
        cloud.add_project("somebody-elses", 77, None);
        cloud.declare_bucket(BUCKET, "somebody-elses", now);
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let failed = desk.provision(json!({ "project": PROJECT })).await;
    let Outcome::Permanent(why) = failed else {
        panic!("{failed:?}");
    };
    assert!(
        why.contains(BUCKET) && why.contains("choose another name"),
        "{why}"
    );
    assert!(matches!(
        desk.deployment().await.state,
        DeploymentState::Failed { .. }
    ));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let other = json!({ "project": PROJECT, "bucket": "customer-groundcrew" });
    assert_eq!(desk.provision(other).await, Outcome::Done);
    assert_eq!(desk.deployment().await.state, DeploymentState::Ready);

    // What stands is not left to nobody.
    let failed = desk.provision(json!({ "project": PROJECT })).await;
    assert!(matches!(failed, Outcome::Permanent(_)), "{failed:?}");
    assert_eq!(desk.deployment().await.state, DeploymentState::Ready);
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_was_broken_off_is_finished_weeks_later() {
    let desk = Desk::new().await;
    desk.tell(&ProjectProvisioned::of(project())).await;
    desk.begin_removal().await;
    assert!(
        matches!(desk.overdue().await, Outcome::Ignored(_)),
        "it may still be under way"
    );
    let ring = KEY.split("/cryptoKeys/").next().expect("a ring");
    assert_eq!(
        desk.status(&format!("GET /storage/v1/b/{BUCKET}")).await,
        200
    );

    tokio::time::sleep(Duration::from_secs(15 * 60)).await;
    assert_eq!(desk.overdue().await, Outcome::Done);
    let known = desk.deployment().await;
    assert!(
        matches!(known.state, DeploymentState::Retained { .. }),
        "{known:#?}"
    );
    let due = known.due.expect("due");
    assert!(due.since(desk.now()) > 29 * DAY, "{known:#?}");
    let kept: Vec<String> = known
        .retained()
        .iter()
        .map(|(id, _)| id.to_string())
        .collect();
    assert_eq!(kept, [format!("key-ring {ring}"), format!("key {KEY}")]);
    assert_eq!(
        desk.status(&format!("GET /storage/v1/b/{BUCKET}")).await,
        404
    );
    assert_eq!(desk.status(&format!("GET /v1/{KEY}")).await, 200);

    tokio::time::sleep(due.since(desk.now())).await;
    assert_eq!(desk.overdue().await, Outcome::Done);
    let known = desk.deployment().await;
    assert_eq!(
        (&known.state, known.due),
        (&DeploymentState::Removed, None),
        "{known:#?}"
    );
    for gone in [KEY, ring] {
        assert_eq!(desk.status(&format!("GET /v1/{gone}")).await, 404, "{gone}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_set_up_again_by_hand_is_not_taken_down() {
    let desk = Desk::new().await;
    desk.tell(&ProjectProvisioned::of(project())).await;
    desk.begin_removal().await;
    tokio::time::sleep(Duration::from_secs(15 * 60)).await;
    assert_eq!(desk.overdue().await, Outcome::Done);
    let due = desk.deployment().await.due.expect("due");
    desk.world.apply().await;
    tokio::time::sleep(due.since(desk.now())).await;
    assert_eq!(desk.overdue().await, Outcome::Duplicate);
    let known = desk.deployment().await;
    assert_eq!((&known.state, known.due), (&DeploymentState::Ready, None));
    let plan = desk.world.look().await;
    assert!(plan.is_empty(), "{plan}");
}
