rule words:
    input:
        expand("work/{run}.filtered.csv", run=RUNS),
    output:
        table="work/words.parquet",
    params:
        word=config["word"],
    shell:
        "python workflow/scripts/words.py --word {params.word} --out {output.table} {input}"


rule train:
    input:
        rules.words.output.table,
    output:
        "results/model.pkl",
    threads: 4
    shell:
        "python workflow/scripts/train.py {input} {output}"
