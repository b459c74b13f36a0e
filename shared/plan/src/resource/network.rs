//! Networks without firewall rules: ingress is denied unless a rule allows it
//! (VPC, "Implied rules"). A rule that others added is reported, not removed.
//! Rules of firewall policies are not read.

use super::{
    api::api_of,
    kind::Kind,
    row::{self, Row},
};
use crate::{CompareRule, DesiredFields, FieldValue, ObservedState, ResourceId};
use gcp::{
    ApiPath, Client, Collection, Error, Request,
    methods::compute::{self, FirewallRule},
};
use names::{DeploymentId, NetworkName};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The field of the firewall rules that let traffic in.
const INGRESS: &str = "ingress-rules";

/// A custom mode VPC network: its subnetworks are created one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// `projects/{project}/global/networks/{network}`.
    pub name: NetworkName,
    /// Its purpose; the deployment's mark is added when it is created, and
    /// cannot be changed later.
    pub description: String,
}

impl Kind for Network {
    type Name = NetworkName;

    const COLLECTION: &'static Collection = &compute::NETWORKS;
    const UID: &'static str = "id";
    const ROWS: &'static [Row<Self>] = &[
        Row::new("description", "description", |n: &Self| {
            json!(n.description)
        })
        .mark()
        .only_created(),
        Row::new("auto-create-subnetworks", "autoCreateSubnetworks", |_| {
            json!(false)
        })
        .immutable()
        .needed()
        .absent("false"),
    ];

    fn name(&self) -> NetworkName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "compute.googleapis.com").into()
    }

    fn desired_fields(&self, deployment: Option<&DeploymentId>) -> DesiredFields {
        let mut fields = row::desired(Self::ROWS, self, deployment);
        let none = FieldValue::Set(BTreeSet::new());
        fields.insert(INGRESS, (none, CompareRule::Surplus));
        fields
    }

    fn more_calls(&self) -> Vec<Request> {
        vec![compute::FIREWALLS.list(&self.name.project().path())]
    }

    async fn observe(client: &Client, name: &NetworkName) -> Result<Option<ObservedState>, Error> {
        let network: Value = client.get(name).await?;
        let rules = compute::list_firewalls(client, name.project()).await?;
        let rules = rules.into_iter().filter(|rule| lets_in(rule, name));
        let mut state = row::observed(Self::ROWS, Self::UID, &network);
        let ingress = FieldValue::Set(rules.map(|rule| rule.name).collect());
        state.fields.insert(INGRESS, ingress);
        Ok(Some(state))
    }
}

fn lets_in(rule: &FirewallRule, network: &NetworkName) -> bool {
    rule.network.ends_with(&format!("/{network}"))
        && rule.direction == "INGRESS"
        && !rule.allowed.is_empty()
        && !rule.disabled
}
