//! Products that events make.

use crate::world::{Break, OWNER, TEAM, World, spec};
use events::{Outcome, ProductRequested};
use gcp::{BoxFuture, Error, ErrorKind, Message, Publisher, SendError};
use names::TopicName;
use product::{Flow, Product, Spec, Sweep, event};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// Keeps what is published, and fails as often as it is told.
#[derive(Default)]
struct Published {
    messages: Mutex<Vec<(String, Value)>>,
    failures: Mutex<u32>,
}

impl Publisher for Published {
    fn publish<'a>(
        &'a self,
        topic: &'a TopicName,
        message: Message,
    ) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(async move {
            let mut failures = self.failures.lock().expect("whole");
            if *failures > 0 {
                *failures -= 1;
                return Err(Error {
                    method: "pubsub.projects.topics.publish",
                    resource: topic.to_string(),
                    is_conditional: false,
                    kind: ErrorKind::Send(SendError::NoAnswer("cut".into())),
                });
            }
            let data = serde_json::from_slice(&message.data).expect("JSON");
            let mut messages = self.messages.lock().expect("whole");
            messages.push((topic.id().to_owned(), data));
            Ok(messages.len().to_string())
        })
    }
}

impl Published {
    /// What was published since the last call of this function.
    fn take(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.messages.lock().expect("whole"))
    }
}

struct Fixture {
    world: World,
    published: Arc<Published>,
}

impl Fixture {
    async fn new() -> Self {
        Self {
            world: World::new().await,
            published: Arc::default(),
        }
    }

    fn flow(&self, cut: Option<(usize, Break)>) -> Flow {
        self.world.flow_as(OWNER, self.published.clone(), cut)
    }

    /// Requests `spec` now.
    async fn request(&self, spec: &Spec) -> Outcome {
        let now = self.world.now();
        let handled = self.flow(None).handle(&event(spec), now).await;
        handled.expect("the ledger")
    }

    async fn product(&self, spec: &Spec) -> Option<Product> {
        let product = self.world.factory(spec).product().await;
        product.expect("the ledger")
    }

    /// Handles what the sweep publishes now.
    async fn sweep(&self) -> Vec<Outcome> {
        let topic: TopicName = "projects/groundcrew-home/topics/product-requested"
            .parse()
            .expect("a topic");
        let sweep = Sweep::new(self.world.ledger(), self.published.clone(), topic.clone());
        sweep.run(self.world.now()).await.expect("published");
        let mut outcomes = Vec::new();
        let (own, others): (Vec<_>, Vec<_>) = self
            .published
            .take()
            .into_iter()
            .partition(|(to, _)| to == topic.id());
        self.published
            .messages
            .lock()
            .expect("whole")
            .extend(others);
        for (_, data) in own {
            assert_eq!(data["kind"], "overdue");
            let product = data["product"].as_str().expect("an id").parse();
            let product = product.expect("an id");
            let overdue = ProductRequested::Overdue { product };
            let handled = self.flow(None).handle(&overdue, self.world.now()).await;
            outcomes.push(handled.expect("the ledger"));
        }
        outcomes
    }
}

fn reason(outcome: Outcome) -> String {
    let Outcome::Permanent(reason) = outcome else {
        panic!("{outcome:?}");
    };
    reason
}

#[tokio::test(start_paused = true)]
async fn an_event_makes_a_product_and_publishes_its_projects_once() {
    let fixture = Fixture::new().await;
    let spec = spec(TEAM);
    let before = fixture.world.now();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(fixture.request(&spec).await, Outcome::Done);
    let product = fixture.product(&spec).await.expect("made");
    assert!(product.is_ready && product.due.is_none(), "{product:?}");
    let mut published = fixture.published.take();
    published.sort_by_key(|(_, data)| data.to_string());
    let expected: Vec<(String, Value)> = product
        .projects
        .environments
        .values()
        .map(|id| {
            let data = json!({ "project": id, "location": "us-central1" });
            ("project-provisioned".to_owned(), data)
        })
        .collect();
    assert_eq!(published, expected);
    let plan = fixture.world.factory(&spec).plan().await.expect("observed");
    assert!(plan.is_empty(), "{plan}");

    sleep(Duration::from_secs(60)).await;
    assert_eq!(fixture.request(&spec).await, Outcome::Duplicate);
    let late = fixture.flow(None).handle(&event(&spec), before).await;
    let late = late.expect("the ledger");
    assert!(matches!(late, Outcome::Ignored(_)), "{late:?}");
    assert_eq!(fixture.published.take(), []);

    // What others changed is changed back.
    let project = product.projects.environments.values().next().expect("one");
    let body = json!({ "labels": {} });
    let path = format!("PATCH /v3/projects/{project}?updateMask=labels");
    assert_eq!(fixture.world.ask(&path, body).await.0, 200);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(fixture.request(&spec).await, Outcome::Done);
    let plan = fixture.world.factory(&spec).plan().await.expect("observed");
    assert!(plan.is_empty(), "{plan}");
    assert_eq!(fixture.published.take(), [], "published before");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_at_once_is_finished_by_the_sweep() {
    let fixture = Fixture::new().await;
    let spec = spec("");
    *fixture.published.failures.lock().expect("whole") = 1;
    let outcome = fixture.request(&spec).await;
    let Outcome::Retry { reason, after } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(reason.contains("could not be published"), "{reason}");
    assert_eq!(after, Some(Duration::from_secs(60)));
    assert_eq!(fixture.sweep().await, [], "it is not due");
    sleep(Duration::from_secs(61)).await;
    assert_eq!(fixture.sweep().await, [Outcome::Done]);
    assert_eq!(fixture.published.take().len(), 2);
    let product = fixture.product(&spec).await.expect("made");
    assert_eq!((product.due, product.failed_attempts), (None, 0));
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(fixture.sweep().await, []);
    let overdue = ProductRequested::Overdue { product: spec.id() };
    let handled = fixture
        .flow(None)
        .handle(&overdue, fixture.world.now())
        .await;
    assert!(matches!(handled, Ok(Outcome::Ignored(_))), "{handled:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_fulfilled_is_permanent_and_changes_nothing() {
    let fixture = Fixture::new().await;
    let spec = spec("");
    assert_eq!(fixture.request(&spec).await, Outcome::Done);
    let ready = fixture.product(&spec).await.expect("made");
    sleep(Duration::from_secs(60)).await;

    let ProductRequested::Requested { spec: mut fields } = event(&spec) else {
        panic!("it is a request");
    };
    fields.insert("regoin".to_owned(), json!("us-central1"));
    let wrong = ProductRequested::Requested { spec: fields };
    let handled = fixture.flow(None).handle(&wrong, fixture.world.now()).await;
    let fault = reason(handled.expect("the ledger"));
    assert!(fault.contains("product-requested"), "{fault}");
    assert!(fault.contains("`regoin`"), "{fault}");

    let mut fewer = spec.clone();
    let (name, _) = fewer.environments.pop_first().expect("one");
    let fault = reason(fixture.request(&fewer).await);
    assert!(
        fault.contains(&format!("--delete-environment {name}")),
        "{fault}"
    );

    let after = fixture.product(&spec).await.expect("kept");
    assert!(after.is_ready && after.spec == ready.spec, "{after:?}");
    assert_eq!(after.resources, ready.resources);
    let refused = after.history.iter().rev().take(2);
    assert!(
        refused
            .into_iter()
            .all(|entry| entry.what.starts_with("refused: ")),
        "{:?}",
        after.history
    );
}

#[tokio::test(start_paused = true)]
async fn permissions_that_are_missing_are_said_before_anything_is_made() {
    let published = Arc::<Published>::default();
    let half = "half@example.com";
    let world = World::with(|cloud| {
        let role = "roles/resourcemanager.folderAdmin";
        let who = format!("user:{half}");
        cloud.grant(crate::world::PARENT, role, &who, None);
        let billing = format!("//cloudbilling.googleapis.com/{}", crate::world::BILLING);
        cloud.grant(&billing, "roles/billing.viewer", &who, None);
        let home = "//cloudresourcemanager.googleapis.com/projects/groundcrew-home";
        cloud.grant(home, "roles/owner", &who, None);
    })
    .await;
    let spec = spec("");
    let flow = world.flow_as(half, published.clone(), None);
    let handled = flow.handle(&event(&spec), world.now()).await;
    let fault = reason(handled.expect("the ledger"));
    for says in [
        "product-requested lacks on folders/7: ",
        "resourcemanager.projects.create",
        "billing.resourceAssociations.create",
    ] {
        assert!(fault.contains(says), "{fault}");
    }
    let product = world.factory(&spec).product().await.expect("the ledger");
    let product = product.expect("recorded");
    assert_eq!((product.failure, product.due), (Some(fault), None));
    let list = "GET /v3/folders?parent=folders/7";
    let (_, folders) = world.ask(list, Value::Null).await;
    assert_eq!(folders.get("folders"), None, "{folders}");
    assert_eq!(published.take(), []);
}

#[tokio::test(start_paused = true)]
async fn a_folder_of_others_is_a_permanent_fault() {
    let fixture = Fixture::new().await;
    let body = json!({ "parent": "folders/7", "displayName": "shop" });
    assert_eq!(fixture.world.ask("POST /v3/folders", body).await.0, 200);
    sleep(Duration::from_secs(10)).await;
    let fault = reason(fixture.request(&spec("")).await);
    assert!(fault.contains("groundcrew did not create it"), "{fault}");
}

/// Whatever happens to a write, also to one of the ledger: the sweep finishes what
/// was recorded, and the next delivery what was not.
#[tokio::test(start_paused = true)]
async fn after_a_crash_at_any_write_the_product_is_finished() {
    let (mut swept, mut ended) = (0, 0);
    for (at, how) in (0..).step_by(3).zip(Break::ALL.into_iter().cycle()) {
        let fixture = Fixture::new().await;
        let spec = spec(TEAM);
        let (flow, now) = (fixture.flow(Some((at, how))), fixture.world.now());
        let event = event(&spec);
        let broken = timeout(Duration::from_secs(600), flow.handle(&event, now)).await;
        sleep(Duration::from_secs(3600)).await;
        let is_due = |product: &Product| product.due.is_some();
        if fixture.product(&spec).await.as_ref().is_some_and(is_due) {
            assert_eq!(fixture.sweep().await, [Outcome::Done], "{at}, {how:?}");
            swept += 1;
        } else if !matches!(broken, Ok(Ok(Outcome::Done))) {
            let again = fixture.flow(None).handle(&event, now).await;
            let again = again.expect("the ledger");
            assert!(
                matches!(again, Outcome::Done | Outcome::Duplicate),
                "{at}, {how:?}: {again:?}"
            );
        }
        let product = fixture.product(&spec).await.expect("made");
        assert!(
            product.is_ready && product.due.is_none() && product.failure.is_none(),
            "{at}, {how:?}: {product:#?}"
        );
        let published = fixture.published.take();
        for id in product.projects.environments.values() {
            let of_project = published
                .iter()
                .filter(|(_, data)| data["project"] == id.as_str());
            let times = of_project.count();
            assert!((1..=2).contains(&times), "{at}, {how:?}: {id}: {times}");
        }
        let plan = fixture.world.factory(&spec).plan().await.expect("observed");
        assert!(plan.is_empty(), "{at}, {how:?}: {plan}");
        // The flow got through before the write that was to break.
        ended = match broken {
            Ok(Ok(Outcome::Done)) => ended + 1,
            Ok(_) | Err(_) => 0,
        };
        if ended > Break::ALL.len() {
            break;
        }
    }
    assert!(swept > 5, "{swept}");
}
