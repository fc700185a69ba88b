from emojicam.cli import main

main()
