//! Subnetworks whose instances need no external IP address.

use super::{
    api::api_of,
    context::Context,
    kind::{Kind, finish},
    row::{Row, Sent},
};
use crate::{Fault, ResourceId, StepInput};
use gcp::{
    ApiPath, Collection, Request,
    methods::compute::{self, set_private_google_access_request},
};
use names::{IpRange, NetworkName, SubnetworkName};
use serde_json::json;

/// A subnetwork with Private Google Access: its instances reach Google's APIs
/// without external IP addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnetwork {
    /// `projects/{project}/regions/{region}/subnetworks/{subnetwork}`.
    pub name: SubnetworkName,
    /// The network that it belongs to.
    pub network: NetworkName,
    /// Primary IPv4 range.
    pub range: IpRange,
    /// Its purpose; the deployment's mark is added when it is created, and
    /// cannot be changed later.
    pub description: String,
}

impl Subnetwork {
    fn enable_private_google_access(&self) -> Request {
        set_private_google_access_request(&self.name.path(), true)
    }
}

impl Kind for Subnetwork {
    type Name = SubnetworkName;

    const COLLECTION: &'static Collection = &compute::SUBNETWORKS;
    const UID: &'static str = "id";
    const ROWS: &'static [Row<Self>] = &[
        Row::new("description", "description", |s: &Self| {
            json!(s.description)
        })
        .mark()
        .only_created(),
        Row::new("network", "network", |s: &Self| json!(s.network))
            .immutable()
            .needed()
            .link(),
        Row::new("range", "ipCidrRange", |s: &Self| json!(s.range)).immutable(),
        Row::new("private-google-access", "privateIpGoogleAccess", |_| {
            json!(true)
        })
        .needed()
        .absent("false"),
    ];

    fn name(&self) -> SubnetworkName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        let [api] = api_of(self.name.project(), "compute.googleapis.com");
        vec![api, ResourceId::Network(self.network.clone())]
    }

    fn more_calls(&self) -> Vec<Request> {
        vec![self.enable_private_google_access()]
    }

    /// Only Private Google Access can be changed, by a method of its own.
    async fn change(&self, context: &Context<'_>, _: &StepInput, _: Sent) -> Result<(), Fault> {
        let request = self.enable_private_google_access();
        let begun = context.client.answer(&request).await?;
        finish::<Self>(context.client, &self.name, begun).await?;
        Ok(())
    }
}
