//! Every permission of every role is needed: without it a scenario fails.
//! And nothing more is needed: with the roles every scenario succeeds.

mod access;

use access::{SCENARIOS, Scenario, VOLUME, run_with_volume};
use deployment::{Deployment, account, roles};
use jobs::Identity;
use names::VolumeName;
use std::collections::{BTreeMap, BTreeSet};
use tests::world::{VolumeGrant, WorldConfig, run};

type Permissions = BTreeMap<Identity, BTreeSet<String>>;

fn granted() -> Permissions {
    let mut granted = Permissions::new();
    for role in roles(&Deployment::local()) {
        // provisioning.rs tests the identity that sets projects up.
        let deployment::Identity::Jobs(identity) = role.identity else {
            continue;
        };
        let permissions = role.permissions.iter().map(|p| (*p).to_owned());
        granted.entry(identity).or_default().extend(permissions);
    }
    granted
}

/// Runs every scenario with exactly the roles, and returns the permissions that
/// each used. Google's public images need no role. The account of a volume has
/// the permissions of the instances account, on another folder.
fn used() -> Vec<Permissions> {
    let volume: VolumeName = VOLUME.parse().expect("valid");
    let volume = volume.account(&Deployment::local().settings.project);
    let accounts: BTreeMap<String, Identity> = Identity::ALL
        .iter()
        .map(|identity| (account(&Deployment::local(), *identity), *identity))
        .chain([(volume, Identity::Instances)])
        .map(|(account, identity)| (format!("serviceAccount:{account}"), identity))
        .collect();
    let permissions_of = |scenario: &Scenario| {
        run(&(scenario.plan)(), async |world| {
            scenario
                .run_in(&world)
                .await
                .unwrap_or_else(|fault| panic!("{}: {fault}", scenario.name));
            assert_eq!(world.refusals(), Vec::<String>::new(), "{}", scenario.name);
            let mut used = Permissions::new();
            for call in world.calls() {
                let checked = call.permissions.into_iter();
                let checked =
                    checked.filter(|check| !check.resource.starts_with("projects/debian-cloud/"));
                let identity = accounts[&call.principal];
                used.entry(identity)
                    .or_default()
                    .extend(checked.map(|check| check.permission));
            }
            used
        })
    };
    SCENARIOS.iter().map(permissions_of).collect()
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
            // A scenario that does not use the permission cannot fail without it.
            let uses =
                |used: &Permissions| used.get(&identity).is_some_and(|u| u.contains(&permission));
            let mut users = SCENARIOS.iter().zip(&used).filter(|(_, used)| uses(used));
            let failing = users.find(|(scenario, _)| {
                let mut plan = (scenario.plan)();
                plan.deny.push((identity.into(), permission.clone()));
                run(&plan, async |world| scenario.run_in(&world).await.is_err())
            });
            let name = failing.map_or("NONE", |(scenario, _)| scenario.name);
            println!("{:20} {permission:40} {name}", identity.name());
            if failing.is_none() {
                unneeded.push((identity, permission));
            }
        }
    }
    assert_eq!(unneeded, [], "no scenario fails without these");
}

/// A volume has grants of its own, which are not in the deployment's roles.
#[test]
fn a_job_with_a_volume_needs_every_grant_of_it() {
    let run_without = |missing| {
        run(&WorldConfig::calm(1), async |world| {
            run_with_volume(&world, missing).await
        })
    };
    assert_eq!(run_without(None), Ok(()));
    for grant in VolumeGrant::ALL {
        assert!(run_without(Some(grant)).is_err(), "{grant:?} is not needed");
    }
}
