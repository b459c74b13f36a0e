//! Every permission of every role is needed: without it a scenario fails.
//! And nothing more is needed: with the roles every scenario succeeds.

mod access;

use access::{SCENARIOS, Scenario, VOLUME, run_with_volume};
use groundcrew::deployment::{self, Deployment, roles};
use jobs::Identity;
use names::VolumeName;
use std::collections::{BTreeMap, BTreeSet};
use tests::world::{VolumeGrant, WorldConfig, run};

type Permissions = BTreeMap<Identity, BTreeSet<String>>;

fn granted() -> Permissions {
    let mut granted = Permissions::new();
    for role in roles(&Deployment::local()) {
        // What sets projects up has stories of its own: provisioning.rs.
        let deployment::Identity::Jobs(identity) = role.identity else {
            continue;
        };
        let permissions = role.permissions.iter().map(|p| (*p).to_owned());
        granted.entry(identity).or_default().extend(permissions);
    }
    granted
}

/// Plays every scenario with exactly the roles; answers what each used.
/// Images that Google shares with everybody need no role. What the account of
/// a volume may is what that of the instances may, elsewhere.
fn used() -> Vec<Permissions> {
    let volume: VolumeName = VOLUME.parse().expect("valid");
    let volume = volume.account(&Deployment::local().settings.project);
    let accounts: BTreeMap<String, Identity> = Identity::ALL
        .iter()
        .map(|identity| (roles::account(&Deployment::local(), *identity), *identity))
        .chain([(volume, Identity::Instances)])
        .map(|(account, identity)| (format!("serviceAccount:{account}"), identity))
        .collect();
    let play = |scenario: &Scenario| {
        run(&(scenario.plan)(), async |world| {
            scenario
                .play(&world)
                .await
                .unwrap_or_else(|fault| panic!("{}: {fault}", scenario.name));
            assert_eq!(world.refusals(), Vec::<String>::new(), "{}", scenario.name);
            let mut used = Permissions::new();
            for call in world.calls() {
                let asked = call.permissions.into_iter();
                let asked =
                    asked.filter(|asked| !asked.resource.starts_with("projects/debian-cloud/"));
                let identity = accounts[&call.principal];
                used.entry(identity)
                    .or_default()
                    .extend(asked.map(|asked| asked.permission));
            }
            used
        })
    };
    SCENARIOS.iter().map(play).collect()
}

#[test]
fn every_permission_is_needed_and_none_is_missing() {
    let (granted, used) = (granted(), used());
    let mut together = Permissions::new();
    for (identity, permissions) in used.iter().flatten() {
        together
            .entry(*identity)
            .or_default()
            .extend(permissions.iter().cloned());
    }
    assert_eq!(
        together, granted,
        "what all scenarios used, and what the roles grant"
    );

    let mut unneeded = Vec::new();
    for (identity, permissions) in granted {
        for permission in permissions {
            // A scenario that does not use it cannot miss it.
            let uses =
                |used: &Permissions| used.get(&identity).is_some_and(|u| u.contains(&permission));
            let mut users = SCENARIOS.iter().zip(&used).filter(|(_, used)| uses(used));
            let failing = users.find(|(scenario, _)| {
                let mut plan = (scenario.plan)();
                plan.deny.push((identity.into(), permission.clone()));
                run(&plan, async |world| scenario.play(&world).await.is_err())
            });
            let name = failing.map_or("NONE", |(scenario, _)| scenario.name);
            println!("{:20} {permission:40} {name}", identity.name());
            if failing.is_none() {
                unneeded.push((identity, permission));
            }
        }
    }
    assert_eq!(unneeded, [], "no scenario misses these");
}

/// The deployment's roles say nothing of a volume: its own grants do.
#[test]
fn a_job_with_a_volume_needs_every_grant_of_it() {
    let play = |missing| {
        run(&WorldConfig::calm(1), async |world| {
            run_with_volume(&world, missing).await
        })
    };
    assert_eq!(play(None), Ok(()));
    for grant in VolumeGrant::ALL {
        assert!(play(Some(grant)).is_err(), "no {grant:?} is missed");
    }
}
