//! Places that do not exist are refused before anything is done.

use crate::world::{BUCKET, PROJECT, World, settings};
use account::{Setup, Spec};
use plan::{Action, Plan, ResourceId, StepOutcome};

fn setup(world: &World, more: &str) -> Setup {
    let text = match more.contains("project:") {
        true => more.to_owned(),
        false => format!("project: {PROJECT}\n{more}\n"),
    };
    let spec = Spec::parse("groundcrew.yaml", &text, None).expect("a spec");
    Setup::new(world.owner(), &spec, &settings())
}

/// The reasons for which `plan` is refused.
fn refusals(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter();
    let reasons = steps.filter_map(|step| match &step.action {
        Action::Refuse { reason } => Some(reason.clone()),
        Action::Create
        | Action::Adopt { .. }
        | Action::Change { .. }
        | Action::Restore { .. }
        | Action::Keep
        | Action::Delete
        | Action::Retain { .. } => None,
    });
    reasons.collect()
}

/// The one reason for which the spec with `more` is refused, without any write.
async fn refused(world: &World, more: &str) -> String {
    let setup = setup(world, more);
    let plan = setup.plan().await.expect("observed");
    let refusals = refusals(&plan);
    world.calls();
    let report = setup.apply(&plan, &|_| {}).await.expect("the record");
    assert!(!report.is_done());
    assert_eq!(world.calls().1, Vec::<String>::new(), "{more}");
    assert_eq!(refusals.len(), 1, "{more}: {plan}");
    refusals[0].clone()
}

/// Without the APIs, what is generally known counts.
#[tokio::test(start_paused = true)]
async fn a_place_that_google_does_not_have_is_refused_before_the_first_write() {
    let world = World::new();
    let reason = refused(&world, "regions: [us-central1, mars-north1]").await;
    let names = "`regions:` in the spec is mars-north1, which Compute Engine does not have";
    assert!(reason.starts_with(names), "{reason}");
    let look_up = "gcloud services enable compute.googleapis.com";
    assert!(reason.contains(look_up), "{reason}");
    let plan = setup(
        &world,
        "regions: [us-west4, us-central1]\nkms_location: europe-west2",
    );
    let plan = plan.plan().await.expect("observed");
    assert_eq!(refusals(&plan), Vec::<String>::new());
}

/// Cloud KMS does not even look at names in such a place.
#[tokio::test(start_paused = true)]
async fn a_name_that_google_refuses_to_look_at_is_laid_at_the_door_of_its_field() {
    let world = World::new();
    for more in ["kms_location: mars-north1", "location: moon"] {
        world.calls();
        let errors = setup(&world, more).plan().await.expect_err("refused");
        assert_eq!(world.calls().1, Vec::<String>::new(), "{more}");
        for error in errors {
            let text = error.to_string();
            assert!(
                text.contains("(`kms_location:`, by default `location:`"),
                "{text}"
            );
        }
    }
}

/// Cloud Storage has no list of places, and is asked first.
#[tokio::test(start_paused = true)]
async fn a_place_that_cloud_storage_does_not_have_ends_the_setup_at_the_bucket() {
    let world = World::new();
    let setup = setup(&world, "location: mars-north1\nkms_location: us-central1");
    let plan = setup.plan().await.expect("observed");
    assert_eq!(refusals(&plan), Vec::<String>::new());
    world.calls();
    let report = setup.apply(&plan, &|_| {}).await.expect("the record");
    let bucket = ResourceId::Bucket(BUCKET.parse().expect("a bucket"));
    let Some(StepOutcome::Failed { reason, .. }) = report.outcomes.get(&bucket) else {
        panic!("{report:#?}");
    };
    for part in [
        "`location:` in the spec",
        "location constraint is not valid",
    ] {
        assert!(reason.contains(part), "{reason}");
    }
    let (_, mut writes) = world.calls();
    writes.retain(|call| !call.starts_with("serviceusage."));
    writes.dedup();
    assert_eq!(writes, ["storage.buckets.insert"]);
}

/// With the APIs, they are asked. The simulator lacks the newest regions.
#[tokio::test(start_paused = true)]
async fn the_apis_know_the_places() {
    let world = World::new();
    // There all APIs are enabled.
    let project = "project: groundcrew-home\n";
    let more = "regions: [africa-south1, us-central1]";
    let reason = refused(&world, &format!("{project}{more}")).await;
    assert!(reason.contains("africa-south1"), "{reason}");
    assert!(!reason.contains("gcloud services enable"), "{reason}");
    // Cloud KMS says so when a key ring is read.
    let keys = setup(&world, &format!("{project}kms_location: africa-south1"));
    let errors = keys.plan().await.expect_err("refused");
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let named = texts.iter().all(|text| text.contains("`kms_location:`"));
    assert!(named && !texts.is_empty(), "{texts:?}");
    let setup = setup(
        &world,
        &format!("{project}regions: [us-east1]\nkms_location: europe"),
    );
    let plan = setup.plan().await.expect("observed");
    let report = setup.apply(&plan, &|_| {}).await.expect("the record");
    assert!(report.is_done(), "{report:#?}");
    // What exists is not looked up again.
    world.calls();
    assert!(setup.plan().await.expect("observed").is_empty());
    let (reads, _) = world.calls();
    let looked_up = |call: &String| call.contains("zones") || call.contains("locations.list");
    assert!(!reads.iter().any(looked_up), "{reads:?}");
}
