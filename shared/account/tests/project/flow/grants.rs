//! Permissions that the function lacks.

use super::{Fixture, project};
use crate::world::{PROJECT, World, settings};
use account::{DeploymentState, Flow};
use events::{Outcome, ProjectProvisioned};
use ledger::Ledger;
use names::{Duration, Timestamp};
use simulator::iam::Principal;

const FUNCTION: &str = "function@example.com";

fn grant(world: &World, roles: &[&str]) {
    let project = format!("//cloudresourcemanager.googleapis.com/projects/{PROJECT}");
    for role in roles {
        let member = format!("user:{FUNCTION}");
        world
            .host
            .with(|cloud, _| cloud.grant(&project, role, &member, None));
    }
}

/// A flow whose identity in the project has only these roles.
fn flow(fixture: &Fixture, roles: &[&str]) -> Flow {
    grant(&fixture.world, roles);
    let database = "projects/groundcrew-home/databases/ledger".parse();
    let ledger = Ledger::new(fixture.world.owner(), database.expect("a name"));
    let client = fixture.world.client(Principal::user(FUNCTION));
    Flow::new(client, ledger, settings())
}

async fn deliver(flow: &Flow, requested_at: Timestamp) -> Outcome {
    let event = ProjectProvisioned::of(project());
    flow.handle(&event, requested_at).await.expect("the ledger")
}

/// What was written in the project since the last call.
fn written(world: &World) -> Vec<String> {
    let (_, mut writes) = world.calls();
    writes.retain(|call| !call.contains("irestore") && !call.ends_with("testIamPermissions"));
    writes
}

const TOO_FEW: [&[&str]; 2] = [
    &[],
    &[
        "roles/viewer",
        "roles/browser",
        "roles/iam.securityReviewer",
    ],
];

#[tokio::test(start_paused = true)]
async fn a_grant_that_spreads_for_minutes_is_waited_for() {
    for roles in TOO_FEW {
        let fixture = Fixture::new().await;
        let flow = flow(&fixture, roles);
        let requested_at = fixture.now();
        fixture.world.calls();
        let Outcome::Retry { reason, .. } = deliver(&flow, requested_at).await else {
            panic!("{roles:?}: not retried");
        };
        assert!(reason.contains("compute.networks.create"), "{reason}");
        assert_eq!(written(&fixture.world), Vec::<String>::new());
        let known = fixture.deployment().await;
        assert_eq!(known.state, DeploymentState::Applying);

        grant(&fixture.world, &["roles/owner", "roles/storage.admin"]);
        tokio::time::sleep(Duration::from_secs(420)).await;
        assert_eq!(deliver(&flow, requested_at).await, Outcome::Done);
        let plan = fixture.world.plan().await;
        assert!(plan.is_empty(), "{plan}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_never_granted_is_named_and_nothing_is_done() {
    for roles in TOO_FEW {
        let fixture = Fixture::new().await;
        let flow = flow(&fixture, roles);
        let requested_at = fixture.now();
        fixture.world.calls();
        let mut outcome = deliver(&flow, requested_at).await;
        for _ in 0..3 {
            assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
            tokio::time::sleep(Duration::from_secs(301)).await;
            outcome = deliver(&flow, requested_at).await;
        }
        let Outcome::Permanent(reason) = outcome else {
            panic!("{outcome:?}");
        };
        for part in ["cloudkms.keyRings.create", "grant project-provisioned"] {
            assert!(reason.contains(part), "{reason}");
        }
        assert_eq!(written(&fixture.world), Vec::<String>::new());
        let known = fixture.deployment().await;
        assert_eq!(
            (known.state, known.due),
            (DeploymentState::Failed { reason }, None)
        );
    }
}
