//! From words to a tree of comparisons.

use std::iter::Peekable;
use std::vec::IntoIter;

use jisr_core::problem::Rule;

use super::Fault;
use super::lexer::{Operator, Placed, Token};

/// Parentheses within parentheses, at most.
const DEEPEST: usize = 16;

/// What a filter says.
#[derive(Debug)]
pub(super) enum Tree {
    /// All of these.
    All(Vec<Tree>),
    /// Any of these.
    Any(Vec<Tree>),
    /// One field compared.
    Comparison(Comparison),
}

/// One field compared with one value.
#[derive(Debug)]
pub(super) struct Comparison {
    /// Where the field begins, from 1.
    pub(super) position: usize,
    pub(super) field: String,
    pub(super) operator: Operator,
    /// Where the value begins, from 1.
    pub(super) value_position: usize,
    pub(super) value: String,
}

struct Parser {
    tokens: Peekable<IntoIter<Placed>>,
    /// Just after the whole, for what is missing there.
    end: usize,
}

/// Reads the whole, which ends just before the character `end`.
pub(super) fn parse(tokens: Vec<Placed>, end: usize) -> Result<Tree, Fault> {
    if tokens.is_empty() {
        return Ok(Tree::All(Vec::new()));
    }
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), end };
    let tree = parser.conjunction(0)?;
    match parser.tokens.peek() {
        None => Ok(tree),
        Some(_) => Err(parser.expected(&["AND", "OR"])),
    }
}

impl Parser {
    fn conjunction(&mut self, depth: usize) -> Result<Tree, Fault> {
        let mut factors = vec![self.factor(depth)?];
        while self.take(&Token::And) {
            factors.push(self.factor(depth)?);
        }
        Ok(Tree::All(factors))
    }

    fn factor(&mut self, depth: usize) -> Result<Tree, Fault> {
        let first = self.term(depth)?;
        let mut terms = vec![first];
        while self.take(&Token::Or) {
            terms.push(self.term(depth)?);
        }
        Ok(Tree::Any(terms))
    }

    fn term(&mut self, depth: usize) -> Result<Tree, Fault> {
        if self.take(&Token::Open) {
            if depth == DEEPEST {
                return Err(Fault { rule: Rule::TooMany { max: DEEPEST as u64 }, ..self.expected(&[]) });
            }
            let inside = self.conjunction(depth + 1)?;
            return if self.take(&Token::Close) { Ok(inside) } else { Err(self.expected(&[")"])) };
        }
        let Some((position, Token::Word(field))) = self.tokens.next_if(|(_, token)| matches!(token, Token::Word(_)))
        else {
            return Err(self.expected(super::meaning::FIELDS));
        };
        let Some((_, Token::Compare(operator))) = self.tokens.next_if(|(_, token)| matches!(token, Token::Compare(_)))
        else {
            return Err(Fault { field, ..self.expected(&["=", ">=", "<"]) });
        };
        let is_value = |(_, token): &Placed| matches!(token, Token::Word(_) | Token::Quoted(_));
        let Some((value_position, Token::Word(value) | Token::Quoted(value))) = self.tokens.next_if(is_value) else {
            return Err(Fault { rule: Rule::Required, field, ..self.expected(&[]) });
        };
        Ok(Tree::Comparison(Comparison { position, field, operator, value_position, value }))
    }

    fn take(&mut self, token: &Token) -> bool {
        self.tokens.next_if(|(_, next)| next == token).is_some()
    }

    /// One of these should stand where the next token is, or the end.
    fn expected(&mut self, allowed: &[&str]) -> Fault {
        let position = self.tokens.peek().map_or(self.end, |(position, _)| *position);
        let allowed = allowed.iter().map(|word| (*word).to_owned()).collect();
        Fault { position, field: String::new(), rule: Rule::NotOneOf { allowed } }
    }
}
