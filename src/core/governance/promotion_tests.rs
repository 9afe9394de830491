//! Tests of making a page: what is taken over, what becomes of links, what is proposed.

use super::*;
use crate::access::{CollectionName, Visibility};
use crate::corpus::{Draft, SourceFile, SourcePath};

const SOURCE: &str = "---\ntype: memory\ntitle: The \"pier\"\ntags: [harbour]\nowner: secretary\ncustomer: Kelpwood\n---\n# The \"pier\"\n\n<!-- not for others -->\nKelpwood paid € 12,000 to ada@engines.org, and Gannet paid too; kelpwood is glad.\n\nSee [the plan](plan.md), [the loop](loop.md) and [home][h].\n\n[h]: secret/home.md\n";

fn promoted(text: &str, names: &str) -> Promotion {
    let collection = CollectionName::parse("corpus").unwrap();
    let file =
        SourceFile { collection, path: SourcePath::new("x.md"), bytes: text.as_bytes().to_vec(), modified_ns: 0 };
    let (record, body) = Draft::parse(file).classify(Visibility::Private).into_parts();
    let names = super::super::name_list::tests::of(&format!("---\ntype: customers\n---\n{names}"));
    let fate = |link: &Link| match link.target.as_str() {
        "plan.md" | "secret/home.md" => Fate::Words,
        "loop.md" => Fate::Leads("../loop.md".to_owned()),
        _ => Fate::Keep,
    };
    let target = Target { path: "playbook/x.md", owner: Some("harbour master") };
    Promotion::new(&Rules::built_in(), &names, (&record, &body.text), target, &fate)
}

#[test]
fn a_page_takes_over_text_title_and_tags_and_nothing_else() {
    let page = promoted(SOURCE, "- Kelpwood\n- Gannet\n").page(&|_| true);
    let expected = "---\ntitle: \"The \\\"pier\\\"\"\nowner: \"harbour master\"\nstatus: draft\ntags: [\"harbour\"]\n---\n\n# The \"pier\"\n\n\n<customer> paid <amount> to <email>, and <customer-2> paid too; <customer> is glad.\n\nSee the plan, [the loop](../loop.md) and home.\n";
    assert_eq!(page, expected);
}

#[test]
fn what_is_not_taken_stays_and_is_shown_beside_what_is() {
    let promotion = promoted(SOURCE, "- Kelpwood\n");
    let rules: Vec<&str> = promotion.proposals.iter().map(|proposal| proposal.rule.as_str()).collect();
    assert_eq!(rules, ["customer-name", "amount", "email", "customer-name"]);
    let page = promotion.page(&|at| at == 2);
    assert!(page.contains("Kelpwood paid € 12,000 to <email>"), "{page}");
    let lines = promotion.diff(&|at| at == 2);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].1.contains(&Piece::Removed("ada@engines.org".to_owned())));
    assert!(lines[0].1.contains(&Piece::Added("<email>".to_owned())));
    assert!(!lines[0].1.contains(&Piece::Added("<customer>".to_owned())));
}

#[test]
fn a_secret_is_not_shown_whole_in_the_diff() {
    let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let promotion = promoted(&format!("# T\n\nThe token {token} was left here.\n"), "- Kelpwood\n");
    for taken in [true, false] {
        assert!(!format!("{:?}", promotion.diff(&|_| taken)).contains(&token));
    }
    assert!(promotion.page(&|_| true).contains("The token <secret> was"));
}

#[test]
fn a_link_in_html_that_leads_where_strangers_cannot_follow_is_told() {
    let promotion = promoted("# H\n\n<a href=\"plan.md\">the plan</a>\n", "- Kelpwood\n");
    assert_eq!(promotion.stuck, [(3, "plan.md".to_owned())]);
}
