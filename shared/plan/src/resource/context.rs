//! What every step of a plan works with.

use gcp::Client;
use names::DeploymentId;

/// The identity that a plan is executed with, and the deployment.
pub(crate) struct Context<'a> {
    pub(crate) client: &'a Client,
    pub(crate) deployment: &'a DeploymentId,
}
