//! The kinds of resources: the one list that a new kind is added to.

/// Passes all kinds to a macro, in the order in which plans show them: of each
/// the variant of [`crate::Resource`] and [`crate::ResourceId`], the module and
/// the type of the desired resource, the type of its name, and the words that
/// an id begins with. APIs are read in batches.
macro_rules! kinds {
    ($then:ident) => {
        $then! {
            /// A folder in the resource hierarchy.
            ResourceFolder: resource_folder::ResourceFolder, FolderId, "resource-folder";
            /// A project.
            Project: project::Project, ProjectId, "project";
            /// Who pays for a project.
            Billing: billing_link::BillingLink, ProjectId, "billing of";
            /// A lien against the deletion of a project.
            Lien: lien::Lien, ProjectId, "lien on";
            /// A budget of a billing account.
            Budget: budget::Budget, BudgetId, "budget";
            /// An API of a project.
            Api: api::Api, ServiceName, "api";
            /// A custom role.
            Role: role::CustomRole, CustomRoleName, "role";
            /// A service account.
            Account: account::ServiceAccount, ServiceAccountEmail, "account";
            /// A key ring.
            Ring: ring::KeyRing, KeyRingName, "key-ring";
            /// A key.
            Key: key::CryptoKey, CryptoKeyName, "key";
            /// A bucket.
            Bucket: bucket::Bucket, BucketName, "bucket";
            /// A managed folder of a bucket.
            Folder: folder::ManagedFolder, ManagedFolderName, "folder";
            /// An object in a bucket that holds ciphertext.
            Object: object::Object, ObjectId, "object";
            /// A network.
            Network: network::Network, NetworkName, "network";
            /// A subnetwork.
            Subnetwork: subnetwork::Subnetwork, SubnetworkName, "subnetwork";
            /// A Cloud Router with a Cloud NAT.
            Router: router::Router, RouterName, "router";
            /// The absence of the network that Google makes by itself.
            NoDefaultNetwork: no_default_network::NoDefaultNetwork, ProjectId, "no default network in";
            /// A topic.
            Topic: topic::Topic, TopicName, "topic";
            /// A subscription.
            Subscription: subscription::Subscription, SubscriptionName, "subscription";
            /// A Firestore database.
            Database: database::Database, DatabaseName, "database";
            /// A composite index of a Firestore database.
            Index: index::CompositeIndex, IndexId, "index";
            /// The settings of a field of a Firestore collection.
            Field: document_field::DocumentField, FieldId, "field";
            /// A job of Cloud Scheduler.
            Schedule: schedule::Schedule, ScheduleName, "schedule";
            /// A sink of Cloud Logging that publishes to a topic.
            Sink: sink::Sink, SinkName, "sink";
            /// A repository of container images.
            Repository: repository::Repository, RepositoryName, "repository";
            /// The grants in the IAM policy of a resource.
            Policy: policy::PolicyGrants, PolicyTarget, "policy of";
            /// The grants that Google made by itself, which are taken back.
            AutomaticGrants: automatic_grants::AutomaticGrants, PolicyTarget, "automatic grants on";
        }
    };
}
pub(crate) use kinds;
