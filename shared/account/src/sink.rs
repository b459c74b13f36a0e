//! The sink that tells groundcrew what happens to machines. Pure.

use crate::{Settings, Spec};
use names::{ProjectId, ServiceName, SinkName};
use plan::{Api, Resource, Sink};

/// System events of Compute Engine that announce or report the end of a machine.
/// Source: Compute Engine's documentation of audit logs.
const NOTICES: [&str; 5] = [
    "guestTerminate",
    "hostError",
    "preempted",
    "terminateOnHostMaintenance",
    "upcomingMaintenance",
];

/// The sink of the project, `groundcrew-{deployment}`, and the API that it needs;
/// nothing without the topic that it exports to. Machines have a project of their
/// own, whose log only a sink there can export.
pub(crate) fn sink(spec: &Spec, settings: &Settings) -> Vec<Resource> {
    let Some(topic) = settings.maintenance.clone() else {
        return Vec::new();
    };
    let api = ServiceName::new(spec.project.clone(), "logging.googleapis.com");
    let sink = Resource::Sink(Sink {
        name: sink_name(spec),
        description: "What happens to the hosts of groundcrew's machines.".to_owned(),
        filter: filter(&spec.project),
        grants_publisher: !settings.closed_topics.contains(&topic),
        topic,
    });
    let api = api.expect("an API's host");
    vec![Resource::Api(Api { name: api }), sink]
}

pub(crate) fn sink_name(spec: &Spec) -> SinkName {
    let id = format!("groundcrew-{}", spec.deployment);
    SinkName::new(spec.project.clone(), &id).expect("a sink's ID")
}

/// Events of groundcrew's machines only, whose names begin with `gc-`: the others
/// are not groundcrew's business. (Unverified: that `resourceName` ends with the
/// machine's name, and not with its number.)
fn filter(project: &ProjectId) -> String {
    let names: Vec<String> = NOTICES
        .iter()
        .map(|n| format!("\"compute.instances.{n}\""))
        .collect();
    format!(
        "logName=\"projects/{project}/logs/cloudaudit.googleapis.com%2Fsystem_event\" \
         AND resource.type=\"gce_instance\" AND protoPayload.methodName=({}) \
         AND protoPayload.resourceName:\"/instances/gc-\"",
        names.join(" OR "),
    )
}
