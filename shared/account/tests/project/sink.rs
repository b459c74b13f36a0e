//! The sink that tells groundcrew what happens to machines, in the customer's
//! project.

use crate::{
    machines::launch,
    world::{INSTANCES, PROJECT, World, settings, spec},
};
use account::{Settings, Setup};
use plan::{Plan, ResourceId};
use serde_json::{Value, json};
use simulator::iam::Principal;

const TOPIC: &str = "projects/groundcrew-home/topics/maintenance-noticed";
const SINK: &str = "/v2/projects/customer-project/sinks/groundcrew-default";
const WRITER: &str = "serviceAccount:service-42@gcp-sa-logging.iam.gserviceaccount.com";
const CUSTOMER: &str = "customer@example.com";

fn with_sink() -> Settings {
    Settings {
        maintenance: TOPIC.parse().ok(),
        ..settings()
    }
}

/// A world with groundcrew's topic, a subscription to it, and a person who owns the
/// customer's project and nothing else.
async fn world() -> World {
    let world = World::new();
    assert_eq!(
        world.ask(&format!("PUT /v1/{TOPIC}"), json!({})).await.0,
        200
    );
    let put = "PUT /v1/projects/groundcrew-home/subscriptions/events";
    assert_eq!(world.ask(put, json!({ "topic": TOPIC })).await.0, 200);
    world.host.with(|cloud, _| {
        for role in ["roles/owner", "roles/storage.admin"] {
            let project = format!("//cloudresourcemanager.googleapis.com/projects/{PROJECT}");
            cloud.grant(&project, role, &format!("user:{CUSTOMER}"), None);
        }
    });
    world
}

/// The setup by somebody with access to both projects, as the function has.
fn by_groundcrew(world: &World) -> Setup {
    Setup::new(world.owner(), &spec(), &with_sink())
}

/// The setup by the customer, who cannot access groundcrew's topic.
fn by_customer(world: &World) -> Setup {
    let settings = Settings {
        closed_topics: TOPIC.parse().into_iter().collect(),
        ..with_sink()
    };
    let who = Principal::user(CUSTOMER);
    Setup::new(world.client(who), &spec(), &settings)
}

async fn applied(setup: &Setup) -> Plan {
    let plan = setup.plan().await.expect("observed");
    let report = setup.apply(&plan, &|_| {}).await.expect("the record");
    assert!(report.is_done(), "{plan}\n{report:#?}");
    plan
}

async fn deleted(setup: &Setup) {
    let plan = setup.plan_teardown().await.expect("observed");
    let report = setup.delete(&plan, &|_| {}).await.expect("unused");
    assert!(report.is_done(), "{plan}\n{report:#?}");
}

/// The members that may publish to groundcrew's topic.
async fn publishers(world: &World) -> Vec<String> {
    let read = format!("GET /v1/{TOPIC}:getIamPolicy");
    let (status, policy) = world.ask(&read, Value::Null).await;
    assert_eq!(status, 200, "{policy}");
    let bindings = policy["bindings"].as_array().cloned().unwrap_or_default();
    let members = bindings.iter().flat_map(|b| b["members"].as_array());
    let members = members.flatten().filter_map(Value::as_str);
    members.map(str::to_owned).collect()
}

/// How many events have arrived since the last call.
async fn received(world: &World) -> usize {
    let pull = "POST /v1/projects/groundcrew-home/subscriptions/events:pull";
    let body = json!({ "maxMessages": 10, "returnImmediately": true });
    let (_, answer) = world.ask(pull, body).await;
    answer["receivedMessages"].as_array().map_or(0, Vec::len)
}

fn fail_host(world: &World, name: &str) {
    let failed = world
        .host
        .with(|cloud, now| cloud.host_error(PROJECT, "us-central1-a", name, now));
    failed.expect("there is such a machine");
}

#[tokio::test(start_paused = true)]
async fn what_happens_to_a_machine_arrives_at_groundcrew_until_the_setup_is_deleted() {
    let world = world().await;
    let setup = by_groundcrew(&world);
    applied(&setup).await;
    assert!(setup.plan().await.expect("observed").is_empty());
    assert_eq!(publishers(&world).await, [WRITER]);
    let writer = setup.sink_writer().await.expect("read");
    assert_eq!(writer.as_deref(), Some(WRITER));
    launch(&world, INSTANCES).await;
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    fail_host(&world, "gc-train-1");
    assert_eq!(received(&world).await, 1);

    // What others change is repaired: more than was agreed, and less.
    let wide = json!({ "filter": "", "destination": format!("pubsub.googleapis.com/{TOPIC}") });
    let patch = format!("PATCH {SINK}?uniqueWriterIdentity=true&updateMask=filter");
    assert_eq!(world.ask(&patch, wide).await.0, 200);
    let nobody = json!({ "policy": { "bindings": [] } });
    let set = format!("POST /v1/{TOPIC}:setIamPolicy");
    assert_eq!(world.ask(&set, nobody).await.0, 200);
    let plan = applied(&setup).await.to_string();
    for change in ["filter: \"logName", "may-publish: \"false\" -> \"true\""] {
        assert!(plan.contains(change), "{plan}");
    }
    assert_eq!(publishers(&world).await, [WRITER]);

    crate::machines::end(&world).await;
    deleted(&setup).await;
    assert_eq!(world.ask(&format!("GET {SINK}"), Value::Null).await.0, 404);
    assert_eq!(publishers(&world).await, Vec::<String>::new());
}

/// Without the record the sink is recognised by its mark.
#[tokio::test(start_paused = true)]
async fn a_sink_is_deleted_although_the_record_is_lost() {
    let world = world().await;
    let setup = by_groundcrew(&world);
    applied(&setup).await;
    let record = "DELETE /storage/v1/b/customer-project-groundcrew/o/groundcrew%2Fdeployment.json";
    assert_eq!(world.ask(record, Value::Null).await.0, 204);
    deleted(&setup).await;
    assert_eq!(world.ask(&format!("GET {SINK}"), Value::Null).await.0, 404);
    assert_eq!(publishers(&world).await, Vec::<String>::new());
}

/// All sinks of a project may write as one account.
#[tokio::test(start_paused = true)]
async fn another_sink_of_the_project_keeps_its_grant() {
    let world = world().await;
    let setup = by_groundcrew(&world);
    applied(&setup).await;
    let create = "POST /v2/projects/customer-project/sinks?uniqueWriterIdentity=true";
    let destination = format!("pubsub.googleapis.com/{TOPIC}");
    let other = json!({ "name": "other", "destination": destination });
    assert_eq!(world.ask(create, other).await.0, 200);
    deleted(&setup).await;
    assert_eq!(world.ask(&format!("GET {SINK}"), Value::Null).await.0, 404);
    assert_eq!(publishers(&world).await, [WRITER]);
}

/// The customer makes the sink, and groundcrew's operator lets it publish.
#[tokio::test(start_paused = true)]
async fn a_customer_without_access_to_the_topic_leaves_the_grant_to_its_owner() {
    let world = world().await;
    let (customer, groundcrew) = (by_customer(&world), by_groundcrew(&world));
    let mine = applied(&customer).await;
    let missing = customer.missing_permissions(&mine).await.expect("tested");
    assert!(missing.is_empty(), "{missing:?}");
    assert!(customer.plan().await.expect("observed").is_empty());
    assert_eq!(publishers(&world).await, Vec::<String>::new());
    let writer = customer.sink_writer().await.expect("read");
    assert_eq!(writer.as_deref(), Some(WRITER));

    let plan = applied(&groundcrew).await;
    let changed: Vec<&ResourceId> = plan
        .steps
        .iter()
        .filter(|step| !step.is_noop())
        .map(|step| &step.id)
        .collect();
    assert!(matches!(changed[..], [ResourceId::Sink(_)]), "{plan}");
    assert_eq!(publishers(&world).await, [WRITER]);

    // What groundcrew did there neither disturbs the customer nor is undone.
    assert!(customer.plan().await.expect("observed").is_empty());
    deleted(&customer).await;
    assert_eq!(world.ask(&format!("GET {SINK}"), Value::Null).await.0, 404);
    assert_eq!(publishers(&world).await, [WRITER]);
}

/// A setup of somebody who can access the topics records grants in them.
#[tokio::test(start_paused = true)]
async fn grants_on_a_closed_topic_stay_recorded() {
    let world = world().await;
    let reports = |settings: Settings| Settings {
        reports: settings.maintenance.clone(),
        ..settings
    };
    applied(&Setup::new(world.owner(), &spec(), &reports(with_sink()))).await;
    let both = publishers(&world).await;
    assert_eq!(both.len(), 2, "{both:?}");
    let closed = reports(Settings {
        closed_topics: TOPIC.parse().into_iter().collect(),
        ..with_sink()
    });
    let customer = Setup::new(world.client(Principal::user(CUSTOMER)), &spec(), &closed);
    let plan = customer.plan().await.expect("observed");
    assert!(plan.is_empty(), "{plan}");
    let topic = ResourceId::Policy(plan::PolicyTarget::Topic(TOPIC.parse().expect("a topic")));
    let record = customer.record().await.expect("read").expect("stored");
    assert!(record.entries.contains_key(&topic), "{record:?}");
    deleted(&customer).await;
    let left = publishers(&world).await;
    assert!(
        left.contains(&WRITER.to_owned()) && left.len() == 2,
        "{left:?}"
    );
}
