//! Installs what publishes by itself in the local cloud: the schedule of ticks, and
//! the sink that exports system events of machines, both as `deploy/` has them.

use super::{Deployment, files::events, install::Api};
use anyhow::Result;
use names::Timestamp;
use simulator::Cloud;

/// The names of the schedules, `projects/{project}/locations/{region}/jobs/{job}`.
pub fn schedules(deployment: &Deployment) -> impl Iterator<Item = String> {
    let all = events::schedules(deployment).into_iter();
    all.filter_map(|schedule| schedule["name"].as_str().map(str::to_owned))
}

/// Creates the schedule and the sink. [`super::install::install`] must have created
/// the topics.
///
/// # Errors
/// The simulator rejected a call, which is a bug of the deployment.
pub fn install(deployment: &Deployment, cloud: &mut Cloud, now: Timestamp) -> Result<()> {
    let mut api = Api::new(cloud, now);
    for schedule in events::schedules(deployment) {
        let name = schedule["name"].as_str().unwrap_or_default();
        let (parent, _) = name.rsplit_once('/').unwrap_or_default();
        api.send("POST", &format!("/v1/{parent}"), &schedule)?;
    }
    let project = &deployment.settings.project;
    let mut writers = Vec::new();
    for sink in events::log_sinks(deployment) {
        let path = format!("/v2/projects/{project}/sinks?uniqueWriterIdentity=true");
        writers.push(api.send("POST", &path, &sink)?["writerIdentity"].clone());
    }
    let topic = format!("//pubsub.googleapis.com/{}", deployment.maintenance);
    for writer in writers {
        let writer = writer.as_str().unwrap_or_default();
        cloud.grant(&topic, "roles/pubsub.publisher", writer, None);
    }
    Ok(())
}
