//! What a project has once Compute Engine was enabled in it: the network
//! `default` in auto mode, its firewall rules, and the default service account.
//! Source: Google's documents; descriptions are unverified.

use super::{FIREWALL, NETWORK, SUBNETWORK, range::Range};
use crate::{
    Cloud,
    api::{
        iam::add_account,
        orgpolicy::{NO_DEFAULT_GRANTS, NO_DEFAULT_NETWORK, is_enforced},
    },
    collection::Kind,
    iam::{Resource, compute_account},
};
use names::Timestamp;
use serde_json::{Value, json};

/// The ranges of auto-mode networks, `10.N.0.0/20`: N of each region.
#[rustfmt::skip]
const SUBNETWORKS: &[(&str, u8)] = &[
    ("asia-east1", 140),
    ("asia-east2", 170),
    ("asia-northeast1", 146),
    ("asia-northeast2", 174),
    ("asia-northeast3", 178),
    ("asia-south1", 160),
    ("asia-south2", 190),
    ("asia-southeast1", 148),
    ("asia-southeast2", 184),
    ("australia-southeast1", 152),
    ("australia-southeast2", 192),
    ("europe-central2", 186),
    ("europe-north1", 166),
    ("europe-southwest1", 204),
    ("europe-west1", 132),
    ("europe-west12", 210),
    ("europe-west2", 154),
    ("europe-west3", 156),
    ("europe-west4", 164),
    ("europe-west6", 172),
    ("europe-west8", 198),
    ("europe-west9", 200),
    ("me-central1", 212),
    ("me-west1", 208),
    ("northamerica-northeast1", 162),
    ("northamerica-northeast2", 188),
    ("southamerica-east1", 158),
    ("southamerica-west1", 194),
    ("us-central1", 128),
    ("us-east1", 142),
    ("us-east4", 150),
    ("us-east5", 202),
    ("us-south1", 206),
    ("us-west1", 138),
    ("us-west2", 168),
    ("us-west3", 180),
    ("us-west4", 182),
];

/// Adds the default network and service account to a project, unless it has the
/// account already. The account may edit the project. Policies can forbid that,
/// and the network.
pub(crate) fn add_defaults(cloud: &mut Cloud, project: &str, now: Timestamp) {
    let email = compute_account(&cloud.iam.project_number(project));
    if cloud.iam.account(&email).is_some() {
        return;
    }
    let body = json!({ "displayName": "Compute Engine default service account" });
    add_account(cloud, project, &email, body, now);
    let node = format!("projects/{project}");
    if !is_enforced(cloud, &node, &NO_DEFAULT_GRANTS) {
        let project = Resource::project(project).full_name();
        let member = format!("serviceAccount:{email}");
        cloud.grant(&project, "roles/editor", &member, None);
    }
    if !is_enforced(cloud, &node, &NO_DEFAULT_NETWORK) {
        add_network(cloud, project, now);
    }
}

impl Cloud {
    /// Adds to a project that was declared what it would have if Compute Engine
    /// had been enabled in it: the network `default` and the default service
    /// account.
    pub fn add_compute_defaults(&mut self, project: &str, now: Timestamp) {
        add_defaults(self, project, now);
    }
}

fn add_network(cloud: &mut Cloud, project: &str, now: Timestamp) {
    let mut add = |kind: &'static Kind, path: String, mut body: Value| {
        let (_, name) = path.rsplit_once('/').unwrap_or_default();
        body["name"] = name.into();
        let row = kind.new_row(cloud.resources.next_id(), now, body);
        kind.store(cloud, &path, row);
    };
    let network = format!("projects/{project}/global/networks/default");
    let body = json!({
        "autoCreateSubnetworks": true,
        "description": "Default network for the project",
        "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
        "routingConfig": { "routingMode": "REGIONAL" },
    });
    add(&NETWORK, network.clone(), body);
    for (region, second) in SUBNETWORKS {
        let region = format!("projects/{project}/regions/{region}");
        let range = format!("10.{second}.0.0/20");
        let gateway = Range::parse(&range).map(Range::gateway);
        let body = json!({
            "gatewayAddress": gateway, "ipCidrRange": range, "network": network,
            "privateIpGoogleAccess": false, "purpose": "PRIVATE", "region": region,
            "stackType": "IPV4_ONLY",
        });
        add(&SUBNETWORK, format!("{region}/subnetworks/default"), body);
    }
    let any = json!([{ "IPProtocol": "tcp", "ports": ["0-65535"] },
        { "IPProtocol": "udp", "ports": ["0-65535"] }, { "IPProtocol": "icmp" }]);
    let tcp = |port: &str| json!([{ "IPProtocol": "tcp", "ports": [port] }]);
    for (name, from, allowed) in [
        ("icmp", "0.0.0.0/0", json!([{ "IPProtocol": "icmp" }])),
        ("internal", "10.128.0.0/9", any),
        ("rdp", "0.0.0.0/0", tcp("3389")),
        ("ssh", "0.0.0.0/0", tcp("22")),
    ] {
        let body = json!({
            "allowed": allowed, "direction": "INGRESS", "disabled": false,
            "logConfig": { "enable": false }, "network": network, "priority": 65534,
            "sourceRanges": [from],
        });
        let path = format!("projects/{project}/global/firewalls/default-allow-{name}");
        add(&FIREWALL, path, body);
    }
}
