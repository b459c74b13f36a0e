//! The kinds of resources. One file per kind defines its desired fields and
//! dependencies, how it is observed, created, changed and deleted, and which
//! calls that takes; `dispatch` chooses between the kinds.

mod account;
mod api;
mod bucket;
mod context;
mod dispatch;
mod folder;
mod key;
mod mark;
mod network;
mod object;
mod operation;
mod policy;
mod ring;
mod role;
mod stale_bindings;
mod subnetwork;

pub use account::ServiceAccount;
pub use api::Api;
pub use bucket::Bucket;
pub(crate) use context::Context;
pub use dispatch::Resource;
pub(crate) use dispatch::{delete, enable_apis, observe, observe_apis, wait_until_visible};
pub use folder::ManagedFolder;
pub use key::CryptoKey;
pub(crate) use key::RING_LABEL;
pub use network::Network;
pub use object::Object;
pub(crate) use operation::Deletion;
pub use policy::PolicyGrants;
pub use ring::KeyRing;
pub use role::CustomRole;
pub use subnetwork::Subnetwork;
