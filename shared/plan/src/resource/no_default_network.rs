//! The absence of the network `default`, which Google makes when Compute Engine is
//! first enabled in a project: with a subnetwork in every region, and rules that let
//! in SSH, RDP and ICMP from everywhere.

use super::{
    api::api_of,
    context::Context,
    kind::{Deletion, Kind, RecognisedBy, finish},
    row::{Row, Sent, observed},
};
use crate::{Fault, ObservedState, ResourceId, StepInput};
use gcp::{
    Answer, ApiPath, Client, Collection, Error, Request,
    methods::compute::{self, FIREWALLS, NETWORKS},
};
use names::{NetworkName, ProjectId};
use serde_json::json;

/// That a project has no network `default`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoDefaultNetwork {
    /// Where there is none.
    pub project: ProjectId,
}

fn network(project: &ProjectId) -> NetworkName {
    NetworkName::new(project.clone(), "default").expect("a network's ID")
}

impl NoDefaultNetwork {
    /// Deletes the network with its firewall rules.
    async fn remove(&self, client: &Client) -> Result<(), Fault> {
        let network = network(&self.project);
        let of_network = format!("/{network}");
        for rule in compute::list_firewalls(client, &self.project).await? {
            if rule.network.ends_with(&of_network) {
                let path = format!("{}/global/firewalls/{}", self.project.path(), rule.name);
                delete(client, &network, &FIREWALLS.delete(&path)).await?;
            }
        }
        delete(client, &network, &NETWORKS.delete(&network.path())).await
    }
}

/// Both are global: their operations are in the same place.
async fn delete(client: &Client, network: &NetworkName, request: &Request) -> Result<(), Fault> {
    match client.answer(request).await {
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error.into()),
        Ok(answer @ (Answer::Done(_) | Answer::Operation(_))) => {
            finish::<super::Network>(client, network, answer).await?;
            Ok(())
        }
    }
}

impl Kind for NoDefaultNetwork {
    type Name = ProjectId;

    const COLLECTION: &'static Collection = &Collection::EMPTY;
    const ROWS: &'static [Row<Self>] = &[Row::new("network", "network", |_| json!("")).needed()];
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Nothing;

    fn name(&self) -> ProjectId {
        self.project.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        api_of(&self.project, "compute.googleapis.com").into()
    }

    fn calls(&self) -> Vec<Request> {
        let (project, network) = (self.project.path(), network(&self.project).path());
        let rule = format!("{project}/global/firewalls/sample");
        let mut calls = vec![
            NETWORKS.get(&network),
            NETWORKS.delete(&network),
            FIREWALLS.list(&project),
            FIREWALLS.delete(&rule),
        ];
        calls.extend(NETWORKS.operation(&network, "sample").into_iter().flatten());
        calls
    }

    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        self.remove(context.client).await?;
        Ok(None)
    }

    async fn change(&self, context: &Context<'_>, _: &StepInput, _: Sent) -> Result<(), Fault> {
        self.remove(context.client).await
    }

    async fn observe(client: &Client, project: &ProjectId) -> Result<Option<ObservedState>, Error> {
        let found = match client.get(&network(project)).await {
            Ok(found) => found["name"].clone(),
            Err(error) if error.is_not_found() => json!(""),
            Err(error) => return Err(error),
        };
        let state = json!({ "network": found });
        Ok(Some(observed(Self::ROWS, Self::UID, &state)))
    }

    /// There is nothing to undo.
    async fn delete(_: &Context<'_>, _: &ProjectId, _: &StepInput) -> Result<Deletion, Fault> {
        Ok(Deletion::Done)
    }
}
