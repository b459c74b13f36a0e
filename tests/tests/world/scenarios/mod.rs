//! What users of the job flow rely on, one scenario each.

mod cancelling;
mod crowd;
mod leftovers;
mod losing;
mod machine_types;
mod queueing;
mod refusing;
mod scarcity;
mod trusting;
mod volumes;

use std::rc::Rc;
use tests::world::{World, WorldConfig};

/// Runs `scenario`, and checks that it left no machine, that no call was denied,
/// and that no command still runs or ran twice at the same time.
fn run_scenario(plan: &WorldConfig, scenario: impl AsyncFnOnce(Rc<World>) -> Result<(), String>) {
    tests::world::run(plan, async |world| {
        world.watch_dead_letters().await;
        if let Err(fault) = scenario(world.clone()).await {
            panic!("{fault}");
        }
        assert_eq!(world.machines().await, Vec::<String>::new());
        assert_eq!(world.refusals(), Vec::<String>::new());
        assert_eq!(world.oracle.borrow().violations, Vec::<String>::new());
    });
}
