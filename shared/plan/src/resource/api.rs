//! APIs. One that groundcrew enabled stays enabled: others may use it by now.

use super::{
    context::Context,
    kind::{Deletion, Kind, RecognisedBy, Retention},
    row::{Row, Sent},
};
use crate::{Fault, Lifecycle, ObservedState, ResourceId, StepInput};
use gcp::{ApiPath, Client, Collection, Error, Request, methods::serviceusage};
use names::{Duration, ProjectId, ServiceName};
use serde_json::json;

const ENABLED: &str = "ENABLED";
/// How long enabling may take.
const ENABLE_TIMEOUT: Duration = Duration::from_secs(300);

/// An enabled API of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// `projects/{project}/services/{host}`.
    pub name: ServiceName,
}

impl Kind for Api {
    type Name = ServiceName;

    const COLLECTION: &'static Collection = &serviceusage::SERVICES;
    const ROWS: &'static [Row<Self>] = &[Row::new("state", "state", |_| json!(ENABLED)).needed()];
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Nothing;

    fn name(&self) -> ServiceName {
        self.name.clone()
    }

    /// Some APIs need a project that is paid for.
    fn dependencies(&self) -> Vec<ResourceId> {
        let project = self.name.project();
        vec![
            ResourceId::Project(project.clone()),
            ResourceId::Billing(project.clone()),
        ]
    }

    fn retention(_: Lifecycle) -> Option<Retention> {
        Some(Retention {
            reason: "others may use the API by now",
            until: None,
            needs_call: false,
        })
    }

    fn calls(&self) -> Vec<Request> {
        let project = self.name.project().path();
        vec![
            serviceusage::SERVICES.get(&self.name.path()),
            Request::on(&serviceusage::BATCH_ENABLE, &project),
            serviceusage::operation(&format!("{project}/operations/sample")),
        ]
    }

    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        enable_apis(context.client, std::slice::from_ref(&self.name)).await?;
        Ok(None)
    }

    async fn change(&self, context: &Context<'_>, _: &StepInput, _: Sent) -> Result<(), Fault> {
        enable_apis(context.client, std::slice::from_ref(&self.name)).await
    }

    async fn observe(client: &Client, name: &ServiceName) -> Result<Option<ObservedState>, Error> {
        let observed = observe_apis(client, std::slice::from_ref(name)).await?;
        Ok(observed.into_iter().find_map(|(_, state)| state))
    }

    async fn delete(_: &Context<'_>, _: &ServiceName, _: &StepInput) -> Result<Deletion, Fault> {
        Ok(Deletion::Retained(None))
    }
}

/// The API of `host` in a project, as a dependency of its resources.
///
/// # Panics
/// If `host` is not the name of an API; it is a constant everywhere.
pub(super) fn api_of(project: &ProjectId, host: &str) -> [ResourceId; 1] {
    let name = ServiceName::new(project.clone(), host).expect("a host name");
    [ResourceId::Api(name)]
}

/// Enables APIs of one project, at most 20.
pub(crate) async fn enable_apis(client: &Client, names: &[ServiceName]) -> Result<(), Fault> {
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
pub(crate) async fn observe_apis(
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
