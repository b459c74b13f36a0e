//! What users of the job flow rely on, one story each.

mod cancelling;
mod crowd;
mod leftovers;
mod losing;
mod queueing;
mod refusing;
mod scarcity;
mod trusting;
mod volumes;

use std::rc::Rc;
use tests::world::{World, WorldConfig};

/// Tells a story, and sees to it that nothing is left of it: no machine, no
/// refused call, no command that still runs or ran twice at a time.
fn tell(plan: &WorldConfig, story: impl AsyncFnOnce(Rc<World>) -> Result<(), String>) {
    tests::world::run(plan, async |world| {
        world.watch_dead_letters().await;
        if let Err(fault) = story(world.clone()).await {
            panic!("{fault}");
        }
        assert_eq!(world.machines().await, Vec::<String>::new());
        assert_eq!(world.refusals(), Vec::<String>::new());
        assert_eq!(world.oracle.borrow().violations, Vec::<String>::new());
    });
}
