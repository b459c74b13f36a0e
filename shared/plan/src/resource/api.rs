//! APIs. One that groundcrew enabled stays enabled: others may use it by now.

use super::Context;
use crate::{CompareRule, DesiredFields, Fault, ObservedState, ResourceId};
use gcp::{Client, Error, methods::serviceusage};
use names::{DeploymentName, Duration, ServiceName};

const ENABLED: &str = "ENABLED";
/// How long enabling may take.
const LONGEST: Duration = Duration::from_secs(300);

/// An API that is enabled in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// Its name there.
    pub name: ServiceName,
}

impl Api {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Api(self.name.clone())
    }

    pub(super) fn needs(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    pub(super) fn wanted(&self, _: Option<&DeploymentName>) -> DesiredFields {
        [("state", (ENABLED.into(), CompareRule::Exactly))].into()
    }

    pub(super) async fn create(&self, site: Context<'_>) -> Result<Option<String>, Fault> {
        enable(site.client, std::slice::from_ref(&self.name)).await?;
        Ok(None)
    }
}

/// Enables APIs of one project, at most 20.
pub(super) async fn enable(client: &Client, names: &[ServiceName]) -> Result<(), Fault> {
    let Some(first) = names.first() else {
        return Ok(());
    };
    let mut operation = serviceusage::batch_enable(client, first.project(), names).await?;
    if !operation.done {
        let deadline = client.clock().now() + LONGEST;
        operation = gcp::wait(client, &serviceusage::operation(&operation.name), deadline).await?;
    }
    match (operation.error, operation.done) {
        (Some(error), _) => Err(Fault::Operation(error)),
        (None, true) => Ok(()),
        (None, false) => Err(Fault::Slow),
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
    // They name the project by number.
    let is_on = |name: &ServiceName| {
        let host = format!("/services/{}", name.id());
        let mut all = services.iter();
        all.any(|service| service.name.ends_with(&host) && service.state == ENABLED)
    };
    let seen = || ObservedState {
        fields: [("state", ENABLED.into())].into(),
        ..ObservedState::plain()
    };
    let each = names.iter();
    Ok(each
        .map(|name| (ResourceId::Api(name.clone()), is_on(name).then(seen)))
        .collect())
}
