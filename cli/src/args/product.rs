//! The options of `groundcrew product`.

use clap::{Args, Subcommand};
use names::{EnvironmentName, ProjectId};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ProductCommand {
    /// Show what apply would change
    #[command(after_help = "\
Examples:
  groundcrew product plan products/shop.yaml
  groundcrew product plan products --json

Symbols: + create, ~ change, - delete, = unchanged, ! not possible.

A spec is YAML or JSON:
  name: shop                     # of its folder, and the beginning of its projects' IDs
  parent: folders/1000           # or organizations/NUMBER
  billing_account: 000000-000000-000000
  location: us-central1          # of its buckets, and of its jobs
  environments:                  # a project each
    staging:
    production:
      apis: [secretmanager.googleapis.com]
      team: {deployers: ['user:lead@example.com']}
      iam: {roles/run.viewer: ['group:support@example.com']}
  apis: [run.googleapis.com]     # in every environment
  labels: {cost-centre: web}
  team:                          # users and groups; the levels are a set
    viewers: ['group:everybody@example.com']
    deployers: ['group:developers@example.com']
    owners: ['user:lead@example.com']
  processes:                     # an account each, process-web, in each environment
    web: {roles: [roles/logging.logWriter]}
  budget: {amount: 500, currency: USD, thresholds: [50, 70, 100]}
  options: {lien: true, jobs: true, default_accounts: deprivilege, default_network: delete}")]
    Plan(ProductArgs),
    /// Make products, or change them to what their specs say
    #[command(after_help = "\
Examples:
  groundcrew product apply products/shop.yaml
  groundcrew product apply products --json
  groundcrew product apply products/shop.yaml --delete-environment staging

What you lack on the parent folder and on the billing account is said before
anything is made. An environment that is no longer in the spec is deleted only
with --delete-environment; it can be restored for 30 days. Safe to interrupt and
run again. Exits with 1 if a step failed.")]
    Apply {
        #[command(flatten)]
        product: ProductArgs,
        /// Agree that the project of this environment is deleted, with all that is
        /// in it
        #[arg(long, value_name = "ENVIRONMENT")]
        delete_environment: Vec<EnvironmentName>,
    },
    /// List the products in the ledger and their states
    #[command(after_help = "\
Examples:
  groundcrew product status
  groundcrew product status --json")]
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Use Google Cloud, with groundcrew deployed in project HOME, instead of the
        /// local cloud (not yet tested against Google Cloud)
        #[arg(long, value_name = "HOME", help_heading = "Cloud")]
        google: Option<ProjectId>,
    },
    /// Show a product's projects and accounts, and who has which level
    #[command(after_help = "\
Examples:
  groundcrew product show products/shop.yaml
  groundcrew product show products/shop.yaml --json
  groundcrew product show products/shop.yaml --terraform production

With --json, Terraform's `jsondecode` can read it. With --terraform, it prints the
providers and the backend of an environment, which act as its terraform-deploy.")]
    Show {
        #[command(flatten)]
        product: ProductArgs,
        /// Print Terraform's configuration of this environment
        #[arg(long, value_name = "ENVIRONMENT", conflicts_with = "json")]
        terraform: Option<EnvironmentName>,
    },
    /// Show differences between products and their specs
    #[command(after_help = "\
Examples:
  groundcrew product drift products/shop.yaml
  groundcrew product drift products --json

Exits with 2 if there are differences, which `groundcrew product apply` repairs, or if
a service or a machine of an environment runs as a default identity.")]
    Drift(ProductArgs),
    /// Delete a product with its projects
    #[command(after_help = "\
Examples:
  groundcrew product delete products/shop.yaml
  groundcrew product delete products/shop.yaml --yes

Asks for the product's name. Obeys the liens of others. Google deletes the projects
and the folder after 30 days; until then, `groundcrew product apply` restores them.")]
    Delete {
        #[command(flatten)]
        product: ProductArgs,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
    /// Print the JSON Schema of a spec, by which an editor completes one
    #[command(after_help = "\
Example:
  groundcrew product schema")]
    Schema,
}

/// Options of commands on the products of specs.
#[derive(Debug, Args)]
pub(crate) struct ProductArgs {
    /// Specs, or folders of specs: `*.yaml`, `*.yml` and `*.json`
    #[arg(required = true, value_name = "FILE|DIR")]
    pub(crate) specs: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Use Google Cloud, with groundcrew deployed in project HOME, instead of the
    /// local cloud (not yet tested against Google Cloud)
    #[arg(long, value_name = "HOME", help_heading = "Cloud")]
    pub(crate) google: Option<ProjectId>,
}
