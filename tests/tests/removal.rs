//! Every permission of every role is needed: without it a scenario fails.
//! And nothing more is needed: with the roles every scenario succeeds.

mod access;

use access::SCENARIOS;
use groundcrew::deployment::{Deployment, roles};
use jobs::access::Identity;
use std::collections::{BTreeMap, BTreeSet};
use tests::world::run;

type Permissions = BTreeMap<Identity, BTreeSet<String>>;

fn granted() -> Permissions {
    let mut granted = Permissions::new();
    for role in roles(&Deployment::local()) {
        let permissions = role.permissions.iter().map(|p| (*p).to_owned());
        granted
            .entry(role.identity)
            .or_default()
            .extend(permissions);
    }
    granted
}

#[test]
fn with_its_roles_every_scenario_succeeds_and_uses_them_up() {
    let accounts: BTreeMap<String, Identity> = Identity::ALL
        .iter()
        .map(|identity| {
            let account = roles::account(&Deployment::local(), *identity);
            (format!("serviceAccount:{account}"), *identity)
        })
        .collect();
    let mut used = Permissions::new();
    for scenario in SCENARIOS {
        run(&(scenario.plan)(), async |world| {
            scenario
                .play(&world)
                .await
                .unwrap_or_else(|fault| panic!("{}: {fault}", scenario.name));
            assert_eq!(world.refusals(), Vec::<String>::new(), "{}", scenario.name);
            for call in world.calls() {
                if let Some(identity) = accounts.get(&call.principal) {
                    let asked = call.permissions.into_iter().map(|asked| asked.permission);
                    used.entry(*identity).or_default().extend(asked);
                }
            }
        });
    }
    let granted = granted();
    for identity in Identity::ALL {
        let (granted, used) = (&granted[&identity], &used[&identity]);
        let idle: Vec<_> = granted.difference(used).collect();
        println!("{}: {} used, {idle:?} not", identity.name(), used.len());
    }
    assert_eq!(used, granted);
}

#[test]
fn without_any_one_permission_a_scenario_fails() {
    let mut unneeded = Vec::new();
    for (identity, permissions) in granted() {
        for permission in permissions {
            let failing = SCENARIOS.iter().find(|scenario| {
                let mut plan = (scenario.plan)();
                plan.deny.push((identity, permission.clone()));
                run(&plan, async |world| scenario.play(&world).await.is_err())
            });
            let name = failing.map_or("NONE", |scenario| scenario.name);
            println!("{:20} {permission:40} {name}", identity.name());
            if failing.is_none() {
                unneeded.push((identity, permission));
            }
        }
    }
    assert_eq!(unneeded, [], "no scenario misses these");
}
