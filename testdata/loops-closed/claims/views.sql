create view settled_claims as
select id, amount, age, fraud from claims where closed is not null;
