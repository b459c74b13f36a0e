use super::*;

fn parse(text: &str) -> Result<Spec, String> {
    Spec::parse("shop.yaml", text).map_err(|error| error.to_string())
}

const MINIMAL: &str = "name: shop\nparent: folders/1\nbilling_account: 012345-6789AB-CDEF01\n\
                       location: europe-west4\nenvironments:\n  staging:\n  production:\n";

#[test]
fn a_spec_needs_little_and_says_all_that_is_left_out() {
    let spec = parse(MINIMAL).expect("valid");
    assert_eq!(
        spec.billing_account.as_str(),
        "billingAccounts/012345-6789AB-CDEF01"
    );
    assert_eq!(spec.environments.len(), 2);
    assert!(spec.options.lien && spec.options.jobs);
    assert_eq!(spec.id().as_str(), "folders-1_shop");
    assert_eq!(spec.folder().to_string(), "folders/1/shop");
    let kept = serde_json::to_string(&spec).expect("plain data");
    assert_eq!(parse(&kept), Ok(spec));

    let all = format!(
        "{MINIMAL}    project: shop-live-1\n    apis: [sqladmin.googleapis.com]\n    \
         labels: {{tier: one}}\n    team: {{deployers: ['user:c@example.com']}}\n\
         apis: [run.googleapis.com]\nlabels: {{cost-centre: x}}\n\
         team:\n  viewers: ['group:all@example.com', 'user:a@example.com']\n  \
         deployers: ['user:a@example.com']\n  owners: ['user:b@example.com']\n\
         processes: {{web: }}\nbudget: {{amount: 500, currency: EUR, thresholds: [80]}}\n\
         options: {{lien: false, jobs: false, default_accounts: keep, default_network: keep, \
         terraform_roles: [roles/editor]}}\n"
    );
    let spec = parse(&all).expect("valid");
    // The levels are a set.
    assert!(spec.team.viewers.intersection(&spec.team.deployers).count() == 1);
    let kept = serde_json::to_string(&spec).expect("plain data");
    assert_eq!(parse(&kept), Ok(spec));
}

#[test]
fn an_error_names_the_place_and_what_is_allowed() {
    for (more, says) in [
        (
            "enviroments: {}\n",
            &["unknown field `enviroments`", "line 8", "`environments`?"][..],
        ),
        (
            "team: {viewer: []}\n",
            &["unknown field `viewer`", "`viewers`?"],
        ),
        (
            "team: {viewers: [a@example.com]}\n",
            &["a@example.com", "user:", "line 8"],
        ),
        (
            "budget: {amount: 5, currency: euro}\n",
            &["budget.currency", "EUR"],
        ),
        ("budget: {amount: 0, currency: EUR}\n", &["above zero"]),
        ("budget: {amount: -1, currency: EUR}\n", &["-1", "u64"]),
        ("apis: [run]\n", &["apis: \"run\"", "run.googleapis.com"]),
        ("labels: {Tier: one}\n", &["labels: Tier", "lower-case"]),
        ("labels: {groundcrew-x: one}\n", &["groundcrew makes"]),
        ("processes: {Web: }\n", &["processes: \"Web\"", "1 to 16"]),
        ("name: other\n", &["duplicate", "name"]),
        (
            "options: {liens: true}\n",
            &["`liens`", "did you mean `lien`?"],
        ),
    ] {
        let error = parse(&format!("{MINIMAL}{more}")).expect_err(more);
        assert!(error.starts_with("shop.yaml: "), "{error}");
        for part in says {
            assert!(error.contains(part), "{more:?}: {part}: {error}");
        }
    }
    for (from, to, says) in [
        (
            "folders/1",
            "projects/1",
            "folders/NUMBER or organizations/NUMBER",
        ),
        ("012345-6789AB-CDEF01", "12345", "012345-6789AB-CDEF01"),
        ("name: shop", "name: Shop", "3 to 20"),
        ("  staging:", "  meta:", "the meta project has that name"),
        ("name: shop", "name: twenty-letters-long", "at most 24"),
        ("\n  staging:\n  production:", " {}", "at least one"),
        (
            "staging:",
            "staging: {iam: {roles/owner: ['user:a@example.com']}}",
            "team.owners",
        ),
        (
            "staging:",
            "staging: {team: {owners: ['user:a@example.com']}}",
            "team.owners",
        ),
    ] {
        let error = parse(&MINIMAL.replace(from, to)).expect_err(to);
        assert!(error.contains(says), "{to}: {error}");
    }
}

#[test]
fn the_schema_describes_every_field() {
    let schema = schema();
    for field in [
        "name",
        "parent",
        "billing_account",
        "environments",
        "team",
        "options",
    ] {
        let described = &schema["properties"][field]["description"];
        assert!(described.is_string(), "{field}: {schema:#}");
    }
    assert_eq!(schema["additionalProperties"], false);
}
