//! The named sets of roles.

/// What a product's admin account has on the product's folder: it makes projects,
/// enables APIs, and gives and takes access. What it is used for, it is used for by
/// impersonation.
pub const PRODUCT_ADMIN: [&str; 9] = [
    // It links a project to the billing account, which a project's creator may not.
    "roles/billing.projectManager",
    "roles/iam.roleAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/resourcemanager.folderViewer",
    "roles/resourcemanager.lienModifier",
    "roles/resourcemanager.projectCreator",
    "roles/resourcemanager.projectIamAdmin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.admin",
];

/// What an environment's `terraform-deploy` has on its project, unless the spec
/// says otherwise: it may change everything, and give access.
pub const TERRAFORM: [&str; 7] = [
    "roles/editor",
    "roles/iam.roleAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/run.admin",
    "roles/secretmanager.admin",
    "roles/storage.admin",
];

/// The custom role `runEditor`: new revisions of existing services, and no more.
pub const RUN_EDITOR: [&str; 11] = [
    "run.configurations.get",
    "run.configurations.list",
    "run.locations.get",
    "run.locations.list",
    "run.revisions.get",
    "run.revisions.list",
    "run.routes.get",
    "run.routes.list",
    "run.services.get",
    "run.services.list",
    "run.services.update",
];

/// The custom role of deployers. `roles/iam.serviceAccountTokenCreator` would let
/// them sign, too: URLs that outlive the access, and tokens for other domains.
pub(crate) const DEPLOYER: [&str; 1] = ["iam.serviceAccounts.getAccessToken"];
