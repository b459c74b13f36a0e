//! Cloud Routers with a Cloud NAT: the instances of a network reach the internet
//! through it in the router's region, and nothing reaches them.

use super::{
    api::api_of,
    kind::Kind,
    row::{self, Row},
};
use crate::{ObservedState, ResourceId};
use gcp::{ApiPath, Client, Collection, Error, methods::compute};
use names::{NetworkName, RouterName};
use serde_json::{Value, json};

/// A Cloud Router whose one Cloud NAT serves all subnetworks of its network in its
/// region, with addresses that Google assigns. Google bills it per hour and per GB
/// (unverified: that a router without machines costs nothing).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Router {
    /// `projects/{project}/regions/{region}/routers/{router}`.
    pub name: RouterName,
    /// The network whose instances it serves.
    pub network: NetworkName,
    /// Its purpose; the deployment's mark is added when it is created, and is not
    /// changed later.
    pub description: String,
}

/// A Cloud NAT as far as it is compared: Google answers with defaults, too.
fn nat(name: &Value, addresses: &Value, ranges: &Value) -> Value {
    json!({
        "name": name,
        "natIpAllocateOption": addresses,
        "sourceSubnetworkIpRangesToNat": ranges,
    })
}

impl Kind for Router {
    type Name = RouterName;

    const COLLECTION: &'static Collection = &compute::ROUTERS;
    const UID: &'static str = "id";
    const ROWS: &'static [Row<Self>] = &[
        Row::new("description", "description", |r: &Self| {
            json!(r.description)
        })
        .mark()
        .only_created(),
        Row::new("network", "network", |r: &Self| json!(r.network))
            .immutable()
            .needed()
            .link(),
        Row::new("nats", "nats", |_| {
            let ranges = "ALL_SUBNETWORKS_ALL_IP_RANGES";
            json!([nat(&json!("nat"), &json!("AUTO_ONLY"), &json!(ranges))])
        })
        .needed(),
    ];

    fn name(&self) -> RouterName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        let [api] = api_of(self.name.project(), "compute.googleapis.com");
        vec![api, ResourceId::Network(self.network.clone())]
    }

    async fn observe(client: &Client, name: &RouterName) -> Result<Option<ObservedState>, Error> {
        let mut router: Value = client.json(&Self::COLLECTION.get(&name.path())).await?;
        for found in router["nats"].as_array_mut().into_iter().flatten() {
            *found = nat(
                &found["name"],
                &found["natIpAllocateOption"],
                &found["sourceSubnetworkIpRangesToNat"],
            );
        }
        Ok(Some(row::observed(Self::ROWS, Self::UID, &router)))
    }
}
