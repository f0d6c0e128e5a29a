import re
import subprocess

text = subprocess.run(["python", "report.py"], capture_output=True, text=True, check=True).stdout
for date, more in re.findall(r"^(\S+): ([+-][0-9.]+) more", text, re.MULTILINE):
    if float(more) < -20:
        print("an offer for", date)
