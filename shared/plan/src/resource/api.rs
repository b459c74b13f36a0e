//! APIs. One that groundcrew enabled stays enabled: others may use it by now.

use super::context::Context;
use crate::{CompareRule, DesiredFields, Fault, ObservedState, ResourceId};
use gcp::{Client, Error, Request, methods::serviceusage};
use names::{DeploymentName, Duration, ProjectId, ServiceName};

const ENABLED: &str = "ENABLED";
/// How long enabling may take.
const ENABLE_TIMEOUT: Duration = Duration::from_secs(300);

/// An enabled API of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// `projects/{project}/services/{host}`.
    pub name: ServiceName,
}

impl Api {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Api(self.name.clone())
    }

    pub(super) fn dependencies(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    pub(super) fn desired_fields(&self, _: Option<&DeploymentName>) -> DesiredFields {
        [("state", (ENABLED.into(), CompareRule::Exactly))].into()
    }

    pub(super) fn calls(&self) -> Vec<Request> {
        let project = format!("projects/{}", self.name.project());
        let operation = format!("{project}/operations/sample");
        vec![
            Request::new(&serviceusage::GET).path("name", &self.name),
            Request::new(&serviceusage::BATCH_ENABLE).path("parent", project),
            serviceusage::operation(&operation),
        ]
    }

    pub(super) async fn create(&self, context: &Context<'_>) -> Result<Option<String>, Fault> {
        enable(context.client, std::slice::from_ref(&self.name)).await?;
        Ok(None)
    }
}

/// The API of `host` in a project, as a dependency of its resources.
pub(super) fn api_of(project: &ProjectId, host: &str) -> Option<ResourceId> {
    ServiceName::new(project.clone(), host)
        .ok()
        .map(ResourceId::Api)
}

/// Enables APIs of one project, at most 20.
pub(super) async fn enable(client: &Client, names: &[ServiceName]) -> Result<(), Fault> {
    let Some(first) = names.first() else {
        return Ok(());
    };
    let mut operation = serviceusage::batch_enable(client, first.project(), names).await?;
    if !operation.done {
        let deadline = client.clock().now() + ENABLE_TIMEOUT;
        operation = gcp::wait(client, &serviceusage::operation(&operation.name), deadline).await?;
    }
    match (operation.error, operation.done) {
        (Some(error), _) => Err(Fault::Operation(error)),
        (None, true) => Ok(()),
        (None, false) => Err(Fault::OperationTimeout),
    }
}

/// Reads APIs of one project, at most [`serviceusage::MAX_BATCH`].
pub(super) async fn observe(
    client: &Client,
    names: &[ServiceName],
) -> Result<Vec<(ResourceId, Option<ObservedState>)>, Error> {
    let Some(first) = names.first() else {
        return Ok(Vec::new());
    };
    let services = serviceusage::batch_get(client, first.project(), names).await?;
    // The answer names the project by number.
    let is_enabled = |name: &ServiceName| {
        let host = format!("/services/{}", name.id());
        let mut all = services.iter();
        all.any(|service| service.name.ends_with(&host) && service.state == ENABLED)
    };
    let state = || ObservedState {
        fields: [("state", ENABLED.into())].into(),
        ..ObservedState::existing()
    };
    let observed = names.iter().map(|name| {
        let state = is_enabled(name).then(state);
        (ResourceId::Api(name.clone()), state)
    });
    Ok(observed.collect())
}
