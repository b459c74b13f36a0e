//! Chooses the kind of a resource.

use super::{
    context::Context,
    kind::{Deletion, Kind, RecognisedBy, Retention},
    row::Sent,
};
use crate::{DesiredFields, Fault, Lifecycle, ObservedState, ResourceId, StepInput, kinds::kinds};
use gcp::{Client, Error, Request};
use names::DeploymentId;

macro_rules! resources {
    ($($(#[$doc:meta])* $Variant:ident: $module:ident::$Kind:ident, $Name:ty, $words:literal;)*) => {
        $(pub use super::$module::$Kind;)*

        /// A desired resource.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Resource {$(
            $(#[$doc])*
            $Variant($Kind),
        )*}

        impl Resource {
            /// Its kind and name.
            #[must_use]
            pub fn id(&self) -> ResourceId {
                match self {
                    $(Self::$Variant(kind) => ResourceId::$Variant(kind.name()),)*
                }
            }

            /// The resources that must exist before it, where the same manifest
            /// contains them.
            #[must_use]
            pub fn dependencies(&self) -> Vec<ResourceId> {
                match self {
                    $(Self::$Variant(kind) => kind.dependencies(),)*
                }
            }

            /// The fields that it should have. With a deployment, all of them, and
            /// that deployment's mark; without one (the resource is adopted), only
            /// those that groundcrew's work and safety depend on.
            #[must_use]
            pub fn desired_fields(&self, deployment: Option<&DeploymentId>) -> DesiredFields {
                match self {
                    $(Self::$Variant(kind) => kind.desired_fields(deployment),)*
                }
            }

            /// A sample of every request that observes, creates, changes or deletes
            /// it: the source of the caller's least-privilege roles.
            #[must_use]
            pub fn calls(&self) -> Vec<Request> {
                match self {
                    $(Self::$Variant(kind) => kind.calls(),)*
                }
            }

            /// The request that creates it with the deployment's mark; `None` for
            /// a policy, which exists together with its resource.
            #[must_use]
            pub fn creation(&self, deployment: &DeploymentId) -> Option<Request> {
                if let Self::Policy(_) = self {
                    return None;
                }
                Some(match self {
                    $(Self::$Variant(kind) => {
                        kind.creation(kind.body(deployment, Sent::Created))
                    })*
                })
            }

            /// Whether nothing has to be done if it is absent.
            pub(crate) fn may_be_absent(&self) -> bool {
                match self {
                    $(Self::$Variant(kind) => kind.may_be_absent(),)*
                }
            }

            /// Whether an existing one that groundcrew did not create may be used.
            pub(crate) fn is_adopted(&self) -> bool {
                match self {
                    $(Self::$Variant(_) => $Kind::IS_ADOPTED,)*
                }
            }

            /// Why a difference from its observed state cannot be removed.
            pub(crate) fn unchangeable(&self, state: &ObservedState) -> Option<String> {
                match self {
                    $(Self::$Variant(kind) => kind.unchangeable(state),)*
                }
            }

            /// Creates it, and answers with its uid, if its kind has one.
            pub(crate) async fn create(
                &self,
                context: &Context<'_>,
                input: &StepInput,
            ) -> Result<Option<String>, Fault> {
                match self {
                    $(Self::$Variant(kind) => kind.create(context, input).await,)*
                }
            }

            /// Changes an existing resource to its desired fields; `ours` says
            /// whether it gets the deployment's mark.
            pub(crate) async fn change(
                &self,
                context: &Context<'_>,
                input: &StepInput,
                ours: bool,
            ) -> Result<(), Fault> {
                let sent = if ours { Sent::Changed } else { Sent::Adopted };
                match self {
                    $(Self::$Variant(kind) => kind.change(context, input, sent).await,)*
                }
            }
        }

        impl ResourceId {
            /// The resource that contains it, and is deleted after it.
            pub(crate) fn container(&self) -> Option<Self> {
                match self {
                    $(Self::$Variant(name) => $Kind::container(name),)*
                }
            }

            /// Why it cannot be deleted in this state.
            pub(crate) fn retention(&self, lifecycle: Lifecycle) -> Option<Retention> {
                match self {
                    $(Self::$Variant(_) => $Kind::retention(lifecycle),)*
                }
            }

            /// How its origin is recognised without a record.
            pub(crate) fn recognised_by(&self) -> RecognisedBy {
                match self {
                    $(Self::$Variant(_) => $Kind::RECOGNISED_BY,)*
                }
            }
        }

        /// Reads a resource; `None` if it does not exist.
        pub(crate) async fn observe(
            client: &Client,
            id: &ResourceId,
        ) -> Result<Option<ObservedState>, Error> {
            let observed = match id {
                $(ResourceId::$Variant(name) => $Kind::observe(client, name).await,)*
            };
            match observed {
                Err(error) if error.is_not_found() || error.is_of_deleted_project() => Ok(None),
                observed => observed,
            }
        }

        /// Waits until a resource that was just created is visible everywhere.
        pub(crate) async fn wait_until_visible(
            client: &Client,
            id: &ResourceId,
        ) -> Result<(), Fault> {
            match id {
                $(ResourceId::$Variant(name) => $Kind::wait_until_visible(client, name).await,)*
            }
        }

        /// Deletes a resource, or takes grants out of a policy.
        pub(crate) async fn delete(
            context: &Context<'_>,
            id: &ResourceId,
            input: &StepInput,
        ) -> Result<Deletion, Fault> {
            let deleted = match id {
                $(ResourceId::$Variant(name) => $Kind::delete(context, name, input).await,)*
            };
            match deleted {
                Err(Fault::Call(error)) if error.is_not_found() => Ok(Deletion::Done),
                deleted => deleted,
            }
        }

        #[cfg(test)]
        pub(super) fn each_kind(mut check: impl FnMut(&str, &gcp::Collection, &[(&str, bool)])) {
            $(
                let rows: Vec<_> = $Kind::ROWS.iter().map(super::row::Row::field).collect();
                check($words, $Kind::COLLECTION, &rows);
            )*
        }
    };
}

kinds!(resources);

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows' fields are among those that the contract test compares with
    /// Google's discovery document.
    #[test]
    fn each_row_is_declared_by_the_methods_of_its_collection() {
        let mut checked = 0;
        each_kind(|kind, collection, rows| {
            let method = |name: &str| collection.method(name);
            let Some(creating) = method("create").or_else(|| method("insert")) else {
                return;
            };
            let wrapper = match collection.id {
                gcp::NewId::Wrapped(_, field) => format!("{field}."),
                gcp::NewId::Path
                | gcp::NewId::Query(_)
                | gcp::NewId::Field(_)
                | gcp::NewId::FullName
                | gcp::NewId::Assigned => String::new(),
            };
            // An index is found in a list.
            let Some(read) = method("get").map(|get| get.response_fields) else {
                return;
            };
            for (field, is_sent) in rows {
                assert!(read.contains(field), "{kind}: {field} is not read");
                let sent = format!("{wrapper}{field}");
                let is_declared = creating.request_fields.contains(&sent.as_str());
                assert_eq!(is_declared, *is_sent, "{kind}: {field}");
                checked += 1;
            }
        });
        assert!(checked > 15, "{checked}");
    }
}
