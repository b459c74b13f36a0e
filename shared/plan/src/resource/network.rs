//! Networks without firewall rules: ingress is denied unless a rule allows it
//! (VPC, "Implied rules").

use super::{api::api_of, kind::Kind, row::Row};
use crate::ResourceId;
use gcp::{Collection, methods::compute};
use names::NetworkName;
use serde_json::json;

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
}
