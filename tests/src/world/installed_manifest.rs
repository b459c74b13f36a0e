//! What is installed of a deployment in a world.

use deployment::{Deployment, manifest};
use plan::{Manifest, Resource};

/// The host of the endpoints of the world's own functions.
pub(super) const FUNCTIONS: &str = "function";

/// The manifest of a world, which ticks by itself: each seed in its own time.
pub(super) fn without_schedule(deployment: &Deployment, host: &str) -> Manifest {
    let all = manifest(deployment, |function| format!("http://{function}.{host}/"));
    let is_kept = |resource: &&Resource| !matches!(resource, Resource::Schedule(_));
    let kept = all.resources().filter(is_kept).cloned();
    Manifest::new(all.deployment().clone(), kept).expect("each resource occurs once")
}
